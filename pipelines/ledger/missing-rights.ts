import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { errorCode, insufficientPrivilege, permissionWords } from '../platform/server-error.ts'
import { quoteIdent } from '../platform/sql.ts'
import { groupOf } from './access/access-table.ts'
import { recordedPrefix } from './access/catalogue.ts'
import { memberRoles, roleNames } from './access/role-names.ts'
import { bareName, isNamed, lookUpObjectRights, type ObjectRights, refusedObject } from './object-rights.ts'
import type { Obstacle } from './ownership.ts'
import { rightsError, rolesOf, toTake, withRoles } from './role-remedy.ts'
import { type Acting, grantRole, lookUpActing } from './schema-rights.ts'

/** What a command does with the tables: a role that writes has to own them, because it attaches and detaches leaves. */
type Need = 'read' | 'write'

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
  const one = refusedObject(said, objects)
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
 * Refuses a role that lacks a right which a run needs, before anything is changed. The database must have a ledger.
 *
 * @throws UsageError with the right and the statement that grants it
 */
export async function requireWriteRights(session: Session): Promise<void> {
  const objects = await lookUpObjectRights(session)
  if (objects.every(one => one.may_write)) return
  const acting = await lookUpActing(session)
  const obstacle = writeRightsObstacle(objects, acting)
  if (obstacle === undefined) return
  const roles = await rolesOf(session, objects.find(one => one.kind === 'schema' && one.name === 'caseload')?.owner)
  throw rightsError(roles === undefined ? obstacle : { ...obstacle, remedy: toTake(roles.of.loader, acting) })
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
    if (hidden === undefined || obstacle === undefined) return undefined
    const relation = refusedObject(
      refused.message,
      objects.filter(one => one.kind !== 'schema' && one.schema === hidden.name),
    )
    return (await withRoles(session, obstacle, relation ?? hidden, acting)) ?? rightsError(obstacle)
  }
  const obstacle = refusedObstacle(refused.message, need, objects, acting)
  const role = await roleThatMayCall(session, refused.message, objects)
  if (obstacle !== undefined) {
    if (role !== undefined) return rightsError({ ...obstacle, remedy: toTake(role, acting) })
    const object = refusedObject(refused.message, objects)
    const reads = object?.may_read === false && object.kind !== 'function'
    return (reads ? await withRoles(session, obstacle, object, acting) : undefined) ?? rightsError(obstacle)
  }
  const said = permissionWords(refused)
  return new UsageError(
    `${roleWords(acting)} lacks a right in database ${acting.database}${said === undefined ? '' : `: ${said}`} ` +
      '(SQLSTATE 42501). Ask the owner of the object, or a superuser, to grant it; caseload doctor shows what a run needs.',
  )
}
