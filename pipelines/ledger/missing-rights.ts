import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { errorCode, insufficientPrivilege, permissionWords } from '../platform/server-error.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'
import { groupOf } from './access/access-table.ts'
import { recordedPrefix } from './access/catalogue.ts'
import { memberRoles, roleNames } from './access/role-names.ts'
import type { Obstacle } from './ownership.ts'
import { type Acting, grantRole, lookUpActing } from './schema-rights.ts'

/** What a command does with the tables: a role that writes has to own them, because it attaches and detaches leaves. */
type Need = 'read' | 'write'

/** What the session's role may do with one object. */
export interface ObjectRights {
  readonly kind: 'schema' | 'table' | 'view' | 'sequence' | 'function'
  readonly schema: string
  /** A function has the types of its arguments behind its name. */
  readonly name: string
  readonly owner: string
  /** Whether the session's role is the owner, or a member of it. */
  readonly is_ours: boolean
  readonly may_read: boolean
  readonly may_write: boolean
}

/** They hold delivered rows, so they are granted only to a role that asks for them. */
const guarded: readonly string[] = ['quarantine', 'quarantine_rows']

/**
 * What a role lacks to run batches; undefined if it lacks nothing. Views do not count, because a run goes without them, and
 * neither do objects of a third role: Caseload has not made them.
 */
export function writeRightsObstacle(objects: readonly ObjectRights[], acting: Acting): Obstacle | undefined {
  const owner = objects.find(one => one.schema === 'caseload' && one.name === 'schema_state')?.owner
  const lacking = objects.filter(
    one =>
      !one.may_write &&
      (one.kind === 'schema' || (one.kind !== 'view' && (one.is_ours || owner === undefined || one.owner === owner))),
  )
  if (lacking.length === 0) return undefined
  const shown = lacking.slice(0, 2).map(one => lackWords(one, 'write'))
  const more =
    lacking.length > shown.length ? `, and lacks rights on ${lacking.length - shown.length} more objects` : ''
  return { found: `${roleWords(acting)} ${shown.join(' and ')}${more}`, remedy: writeRemedy(lacking, acting) }
}

/**
 * Explains why a server refused a statement for a missing right (SQLSTATE 42501).
 *
 * @param said the server's message, in any language: it has the name of the object
 * @returns undefined if the role has every right on every object that the message names
 */
export function refusedObstacle(
  said: string,
  need: Need,
  objects: readonly ObjectRights[],
  acting: Acting,
): Obstacle | undefined {
  const named = objects.filter(one => !one.may_write && isNamed(bareName(one), said))
  const longest = Math.max(...named.map(one => bareName(one).length))
  const found = named.filter(one => bareName(one).length === longest)
  const one = found.find(candidate => !candidate.may_read) ?? found[0]
  if (one === undefined) return undefined
  const writes = need === 'write' || one.may_read
  return {
    found: `${roleWords(acting)} ${lackWords(one, writes ? 'write' : 'read')}`,
    remedy: writes
      ? writeRemedy(
          objects.filter(other => other === one || (!other.may_write && other.schema === one.schema)),
          acting,
        )
      : readRemedy(one, objects, acting),
  }
}

const bareName = ({ name }: ObjectRights): string => name.replace(/\(.*/s, '')

/** True if the name stands in the text as a word of its own. */
function isNamed(name: string, text: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    if (!/\w$/.test(text.slice(0, at)) && !/^\w/.test(text.slice(at + name.length))) return true
  }
  return false
}

const holdsNamed = (schema: ObjectRights, objects: readonly ObjectRights[], text: string): boolean =>
  objects.some(one => one.kind !== 'schema' && one.schema === schema.name && isNamed(bareName(one), text))

const roleWords = ({ role }: Acting): string => `Role ${role}`

function lackWords(one: ObjectRights, need: Need): string {
  const object = one.kind === 'schema' ? `schema ${one.name}` : `${one.kind} ${one.schema}.${one.name}`
  if (one.kind === 'function') return `may not call ${object}`
  if (one.kind === 'sequence') return `may not use ${object}`
  if (!one.may_read) return `may not read ${object}`
  if (need === 'read') return `may read ${object}`
  return `may not ${one.kind === 'schema' ? 'create in' : 'write'} ${object}`
}

/** A member of the owner acts as the owner; an owner that took rights from itself grants them to itself. */
function writeRemedy(lacking: readonly ObjectRights[], { login, role }: Acting): string {
  const owners = [...new Set(lacking.filter(one => !one.is_ours).map(one => one.owner))]
  if (owners.length > 0) return `as a superuser: ${owners.map(owner => grantRole(owner, login)).join('; ')}`
  const granted = lacking.map(one => `grant all on ${objectSql(one)} to ${quoteIdent(role)}`)
  return `as ${ownersOf(lacking)}: ${granted.join('; ')}`
}

/** The rest of its schema is granted with an object, so that the next command does not fail at the next table. */
function readRemedy(one: ObjectRights, objects: readonly ObjectRights[], { role }: Acting): string {
  const to = `to ${quoteIdent(role)}`
  const rest = objects.filter(other => other.schema === one.schema && !other.may_read)
  const schema = rest.find(other => other.kind === 'schema')
  const relations = rest.filter(
    other =>
      (other.kind === 'table' || other.kind === 'view') &&
      (other === one || !guarded.includes(other.name)) &&
      (one.kind === 'schema' || one.kind === 'table' || one.kind === 'view'),
  )
  const statements = [
    ...(schema === undefined ? [] : [`grant usage on ${objectSql(schema)} ${to}`]),
    ...(relations.length === 0 ? [] : [`grant select on ${relations.map(relationSql).join(', ')} ${to}`]),
    ...(one.kind === 'function' ? [`grant execute on ${objectSql(one)} ${to}`] : []),
    ...(one.kind === 'sequence' ? [`grant usage on ${objectSql(one)} ${to}`] : []),
  ]
  return `as ${ownersOf([one, ...relations])}: ${statements.join('; ')}`
}

function ownersOf(objects: readonly ObjectRights[]): string {
  return `${[...new Set(objects.map(one => one.owner))].join(' and ')} or a superuser`
}

const relationSql = ({ schema, name }: ObjectRights): string => `${quoteIdent(schema)}.${quoteIdent(name)}`

function objectSql(one: ObjectRights): string {
  if (one.kind === 'schema') return `schema ${quoteIdent(one.name)}`
  if (one.kind === 'function') {
    return `function ${quoteIdent(one.schema)}.${quoteIdent(bareName(one))}${one.name.slice(bareName(one).length)}`
  }
  return `${one.kind === 'sequence' ? 'sequence' : 'table'} ${relationSql(one)}`
}

/**
 * Asks the catalogs what the session's role may do with Caseload's objects.
 *
 * @param said a text; other objects whose name occurs in it are looked up, too
 */
async function lookUpObjectRights(session: Session, said?: string): Promise<readonly ObjectRights[]> {
  const found = await session.query<ObjectRights>(readSql('sql/statements/ledger/object_rights.sql'), [said ?? null])
  return found.rows
}

/** The error for a missing right: who may not do what, and the statement that grants it. */
function rightsError({ found, remedy }: Obstacle): UsageError {
  return new UsageError(`${found}. To go on, ${remedy}.`)
}

/**
 * Refuses a role that lacks a right which a run needs, before anything is changed. The database must have a ledger.
 *
 * @throws UsageError with the right and the statement that grants it
 */
export async function requireWriteRights(session: Session): Promise<void> {
  const objects = await lookUpObjectRights(session)
  if (objects.every(one => one.may_write)) return
  const obstacle = writeRightsObstacle(objects, await lookUpActing(session))
  if (obstacle !== undefined) throw rightsError(obstacle)
}

/** The role that may call the function which the message names, in a database with roles. */
async function roleThatMayCall(
  session: Session,
  said: string,
  objects: readonly ObjectRights[],
): Promise<string | undefined> {
  const prefix = await recordedPrefix(session).catch(() => undefined)
  const found = objects
    .filter(one => one.kind === 'function' && !one.may_read && isNamed(bareName(one), said))
    .map(one => groupOf({ kind: 'function', schema: one.schema, name: bareName(one), is_ours: true }).rights)
  const [role] = found.flatMap(rights => memberRoles.filter(one => rights[one] !== undefined)).slice(-1)
  return prefix === undefined || role === undefined ? undefined : roleNames(prefix).of[role]
}

/**
 * The error for a statement that the server refused for a missing right, by what the catalogs say now.
 *
 * @param refused with SQLSTATE 42501, or 42P01: the server does not search a schema that the role may not use, and calls a
 *   table in it absent
 * @returns undefined if no right is missing
 */
export async function explainRefused(session: Session, refused: Error, need: Need): Promise<UsageError | undefined> {
  const acting = await lookUpActing(session)
  const objects = await lookUpObjectRights(session, refused.message)
  if (errorCode(refused) !== insufficientPrivilege) {
    const hidden = objects.find(
      one => one.kind === 'schema' && !one.may_read && holdsNamed(one, objects, refused.message),
    )
    const obstacle = hidden && refusedObstacle(hidden.name, need, objects, acting)
    return obstacle && rightsError(obstacle)
  }
  const obstacle = refusedObstacle(refused.message, need, objects, acting)
  const role = await roleThatMayCall(session, refused.message, objects)
  if (obstacle !== undefined) {
    if (role === undefined) return rightsError(obstacle)
    return rightsError({ ...obstacle, remedy: `as whoever may grant it: ${grantRole(role, acting.login)}` })
  }
  const said = permissionWords(refused)
  return new UsageError(
    `${roleWords(acting)} lacks a right in database ${acting.database}${said === undefined ? '' : `: ${said}`} ` +
      '(SQLSTATE 42501). Ask the owner of the object, or a superuser, to grant it; caseload doctor shows what a run needs.',
  )
}
