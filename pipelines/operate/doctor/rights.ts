import { countText } from '../../platform/count-text.ts'
import type { Session } from '../../platform/postgres.ts'
import { quoteIdent, readSql } from '../../platform/sql.ts'
import {
  createObstacles,
  type CreateRights,
  grantRole,
  lookUpCreateRights,
  type SchemaRights,
} from '../../ledger/schema-rights.ts'
import { schemaCreators, type SchemaCreator } from '../../platform/user-path.ts'
import { error, type Finding, ok, warning } from './finding.ts'
import type { ServerFacts } from './server.ts'

export type { SchemaRights }

/** What another role owns in Caseload's schemas. */
export interface ForeignObjects {
  readonly owner: string
  readonly tables: number
  readonly functions: number
  /** Functions that the session's role may not call. */
  readonly forbidden: number
}

/** What the session's role may do. */
export interface Rights extends CreateRights {
  readonly foreign: readonly ForeignObjects[]
  readonly may_terminate: boolean
}

/** Reads from the catalogs what the session's role may do. */
export async function lookUpRights(session: Session): Promise<Rights> {
  const { schemas } = await lookUpCreateRights(session)
  const foreign = await session.query<ForeignObjects>(readSql('sql/statements/doctor/owners.sql'))
  const grants = await session.query<Pick<Rights, 'may_create_schemas' | 'may_terminate'>>(
    readSql('sql/statements/ledger/grants.sql'),
  )
  const { may_create_schemas = false, may_terminate = false } = grants.rows[0] ?? {}
  return { schemas, foreign: foreign.rows, may_create_schemas, may_terminate }
}

/**
 * Whether the role can migrate, stage and publish: ATTACH and DETACH need the owner of the leaf and its parent, or a member of
 * the owner.
 */
export function rights(
  { schemas, foreign, may_create_schemas, may_terminate }: Rights,
  { login, role, database }: Pick<ServerFacts, 'login' | 'role' | 'database'>,
): readonly Finding[] {
  const missing = schemas.filter(schema => schema.owner === null)
  const obstacles = createObstacles({ schemas, may_create_schemas }, { login, role, database })
  const findings: Finding[] = obstacles.map(({ found, remedy }) => error('rights', found, remedy))
  if (obstacles.length === 0 && foreign.length > 0) {
    const tables = foreign.reduce((sum, one) => sum + one.tables, 0)
    const functions = foreign.reduce((sum, one) => sum + Math.max(one.functions, one.forbidden), 0)
    findings.push(
      error(
        'rights',
        `${countText(tables, 'table')} and ${countText(functions, 'function')} in Caseload's schemas do not belong to ${role}`,
        foreign.map(({ owner }) => grantRole(owner, role)).join('; '),
      ),
    )
  }
  if (!may_terminate) {
    findings.push(
      warning(
        'rights',
        `${role} may not end sessions of its own dead runs, and may have to wait for them`,
        `as a superuser: grant execute on function pg_terminate_backend to ${quoteIdent(role)}`,
      ),
    )
  }
  if (findings.length > 0) return findings
  const how =
    missing.length === schemas.length
      ? 'may create its schemas'
      : schemas.every(({ is_ours }) => is_ours)
        ? 'owns its schemas, tables and functions'
        : 'may create in its schemas, and owns its tables and functions'
  return [ok('rights', `${role} ${how}`)]
}

/** What another role owns where only Caseload's own tables and functions belong. */
export interface Strangers {
  readonly schema: string
  readonly owner: string
  readonly tables: number
  readonly functions: number
}

/** Reads from the catalogs what other roles may create, and own, in Caseload's schemas. */
export async function lookUpOthers(
  session: Session,
): Promise<{ readonly creators: readonly SchemaCreator[]; readonly strangers: readonly Strangers[] }> {
  const strangers = await session.query<Strangers>(readSql('sql/statements/doctor/strangers.sql'))
  return { creators: await schemaCreators(session), strangers: strangers.rows }
}

/**
 * Objects that other roles put, or may put, beside Caseload's. Caseload's sessions do not find them, but a user's SQL may, and
 * a name that is taken stops a later migration.
 */
export function othersRights(creators: readonly SchemaCreator[], strangers: readonly Strangers[]): readonly Finding[] {
  return [
    ...creators.map(({ schema, role }) =>
      warning(
        'rights',
        `${role === 'public' ? 'every role' : role} may create in schema ${schema}`,
        `revoke create on schema ${quoteIdent(schema)} from ${role === 'public' ? role : quoteIdent(role)}; give its views another schema`,
      ),
    ),
    ...strangers.map(({ schema, owner, tables, functions }) =>
      warning(
        'rights',
        `${owner} owns ${countText(tables, 'table')} and ${countText(functions, 'function')} in schema ${schema}`,
        `move them to another schema: alter table ... set schema ..., alter function ... set schema ...`,
      ),
    ),
  ]
}
