import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { groupOf } from './access/access-table.ts'
import { type MemberRole, type RoleNames, roleNames } from './access/role-names.ts'
import { bareName, type ObjectRights } from './object-rights.ts'
import type { Obstacle } from './ownership.ts'
import { type Acting, grantRole } from './schema-rights.ts'

/** The error for a missing right: who may not do what, and the statement that grants it. */
export function rightsError({ found, remedy }: Obstacle): UsageError {
  return new UsageError(`${found}. To go on, ${remedy}.`)
}

/** What a login lacks that may become a member of a role. */
export const toTake = (role: string, { login }: Acting): string =>
  `as a role that may grant it: ${grantRole(role, login)}`

/**
 * The error for an object that a login may not read in a database with roles: it names the role that reads it. Single grants would show
 * a login of row rights the rows of all patients.
 *
 * @returns undefined for a database without roles, and for an object that no role reads
 */
export async function withRoles(
  session: Session,
  obstacle: Obstacle,
  object: ObjectRights,
  acting: Acting,
): Promise<UsageError | undefined> {
  const roles = await rolesOf(session, object.owner)
  if (roles === undefined) return undefined
  const { kind, schema } = object
  const name = bareName(object)
  if ((schema === 'clinical' || schema === 'store') && (await isMember(session, acting.login, roles.of.care))) {
    const there = kind === 'schema' ? '' : `, such as care.${name}`
    return new UsageError(
      `${obstacle.found}. Row rights show ${acting.login} the rows of its patients in schemas mart and care: name one of them${there}.`,
    )
  }
  const known = kind === 'schema' ? schemaReader[name] : undefined
  const may = kind === 'schema' ? {} : groupOf({ kind, schema, name, is_ours: true }).rights
  const role = known ?? readers.find(one => may[one] !== undefined)
  return role && rightsError({ ...obstacle, remedy: toTake(roles.of[role], acting) })
}

/** The reader of most of a schema. */
const schemaReader: Readonly<Record<string, MemberRole>> = { clinical: 'clinical', mart: 'clinical', caseload: 'audit' }

/** By how little they may do. */
const readers: readonly MemberRole[] = ['audit', 'quality', 'clinical', 'loader', 'operator']

/** The roles of docs/roles.md, by the owner of Caseload's objects; undefined if they are not all there. */
export async function rolesOf(session: Session, owner = ''): Promise<RoleNames | undefined> {
  const [, prefix] = /^([a-z][a-z0-9_]{0,49})_owner$/.exec(owner) ?? []
  if (prefix === undefined || prefix.startsWith('pg_')) return undefined
  const names = roleNames(prefix)
  const there = await session.query('select from pg_catalog.pg_roles where rolname = any ($1)', [names.all])
  return there.rowCount === names.all.length ? names : undefined
}

async function isMember(session: Session, login: string, role: string): Promise<boolean> {
  const found = await session.query<{ is_member: boolean }>(`select pg_has_role($1, $2, 'member') as is_member`, [
    login,
    role,
  ])
  return found.rows[0]?.is_member === true
}
