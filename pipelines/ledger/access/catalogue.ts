import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import type { CatalogueObject } from './access-groups.ts'
import type { RoleNames } from './role-names.ts'

/** One grant on an object, to another role than its owner. */
export interface Grant {
  readonly grantee: string
  /** To every role: PUBLIC. */
  readonly isPublic: boolean
  /** In small letters, as `select`. */
  readonly privilege: string
  /** Null for the whole object. */
  readonly column: string | null
  readonly isGrantable: boolean
}

/** An object with its owner and the grants on it. */
export interface OwnedObject extends CatalogueObject {
  /** How SQL names it, quoted. */
  readonly identity: string
  /** Null for default privileges of a role that does not exist yet. */
  readonly owner: string | null
  /** True for what follows its table: an identity's sequence, a row type. */
  readonly is_inner: boolean
  readonly grants: readonly Grant[]
}

/** Reads every object in Caseload's schemas; the database has a ledger of this version. */
export async function readObjects(session: Session, { owner }: RoleNames): Promise<readonly OwnedObject[]> {
  const found = await session.query<OwnedObject>(readSql('sql/statements/access/objects.sql'), [owner])
  return found.rows
}

/** What decides whether a login may make the roles and give them what Caseload has. */
export interface AccessFacts {
  readonly login: string
  readonly database: string
  readonly is_superuser: boolean
  readonly may_create_roles: boolean
  /** The roles of the prefix that exist. */
  readonly there: readonly string[]
  /** Who owns the ledger's schema, if that is neither the owner's role nor a superuser. */
  readonly owner_before: string | null
  /** The login may act as the owner's role. */
  readonly may_act: boolean
  /** The login may make itself a member of the owner's role. */
  readonly may_join: boolean
  readonly owner_may_make_schemas: boolean
  readonly may_grant_schemas: boolean
  /** Memberships have options, since PostgreSQL 16. */
  readonly has_options: boolean
}

/** Reads them for the login, whatever role the session acts as. */
export async function readFacts(session: Session, { owner, all }: RoleNames): Promise<AccessFacts> {
  const found = await session.query<AccessFacts>(readSql('sql/statements/access/facts.sql'), [owner, all])
  const [facts] = found.rows
  if (facts === undefined) throw new Error('a query of one row gave none')
  return facts
}

/** The prefix of this database's roles; undefined where it has none. */
export async function recordedPrefix(session: Session): Promise<string | undefined> {
  const there = await session.query<{ there: boolean }>(`select to_regclass('caseload.access') is not null as there`)
  if (there.rows[0]?.there !== true) return undefined
  const found = await session.query<{ prefix: string }>('select prefix from caseload.access')
  return found.rows[0]?.prefix
}
