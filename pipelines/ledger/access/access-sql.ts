import { quoteIdent } from '../../platform/sql.ts'
import { callingViews, viewFunctions } from './access-names.ts'
import { groupOf } from './access-table.ts'
import type { AccessFacts, Grant, OwnedObject } from './catalogue.ts'
import { type MemberRole, memberRoles, type RoleNames } from './role-names.ts'

/** Statements that make the roles, and what a login needs to act as the owner's. */
export function roleStatements(names: RoleNames, facts: AccessFacts): readonly string[] {
  const missing = names.all.filter(name => !facts.there.includes(name))
  const owner = quoteIdent(names.owner)
  const joins = [
    ...(facts.is_superuser || facts.may_act ? [] : [facts.login]),
    ...(facts.owner_before === null || facts.owner_before === facts.login ? [] : [facts.owner_before]),
  ]
  const options = facts.has_options ? ' with inherit true, set true' : ''
  return [
    ...missing.map(name => `create role ${quoteIdent(name)} nologin`),
    ...joins.map(login => `grant ${owner} to ${quoteIdent(login)}${options}`),
  ]
}

/** The statement that lets the owner's role make schemas, such as that of the marts. */
export function schemaRightStatement({ owner }: RoleNames, { database }: AccessFacts): string {
  return `grant create on database ${quoteIdent(database)} to ${quoteIdent(owner)}`
}

const ledgerSchema = 'caseload'

/**
 * Statements that give Caseload's objects to the owner's role: schemas first, because their owner may create in them, and the
 * ledger's schema last. Until then sessions act as the owner before, who is a member of the new one, so that a migration that
 * ends in the middle leaves nothing that does not work.
 */
export function ownerStatements(objects: readonly OwnedObject[], { owner }: RoleNames): readonly string[] {
  const to = `owner to ${quoteIdent(owner)}`
  const strange = objects.filter(one => one.is_ours && !one.is_inner && one.kind !== 'default' && one.owner !== owner)
  const isLedger = (one: OwnedObject): boolean => one.kind === 'schema' && one.name === ledgerSchema
  const others = strange.filter(one => !isLedger(one))
  const opening =
    strange.some(isLedger) && others.some(one => one.schema === ledgerSchema)
      ? [`grant all on schema ${quoteIdent(ledgerSchema)} to ${quoteIdent(owner)}`]
      : []
  const moved = [...others, ...strange.filter(isLedger)].map(one => `alter ${ownerWord(one)} ${one.identity} ${to}`)
  return [...opening, ...moved]
}

function ownerWord({ kind }: OwnedObject): string {
  if (kind === 'function') return 'routine'
  // A materialized view is none of ours, and ALTER TABLE takes every kind of relation.
  return kind === 'view' || kind === 'partition' ? 'table' : kind
}

/** A change of the grants on one object. */
interface Change {
  readonly verb: 'grant' | 'revoke' | 'revoke grant option for'
  readonly privilege: string
  readonly object: OwnedObject
  readonly role: string
}

/** At most so many objects in one statement: a person may read it. */
const objectsAtOnce = 40

/**
 * Statements that make the grants on Caseload's objects those of the access table: for its roles and PUBLIC. What is granted to
 * other roles stays. Default privileges belong to the owner, so a member of it executes them.
 */
export function grantStatements(objects: readonly OwnedObject[], names: RoleNames): readonly string[] {
  const ours = objects.filter(one => one.is_ours)
  return grouped([...keptCalls(ours, names), ...ours.flatMap(one => changesOf(one, names))], names.owner)
}

/**
 * Statements that give one login what a role may do, for a database without roles.
 *
 * @param owner who makes the objects
 */
export function directStatements(
  objects: readonly OwnedObject[],
  role: MemberRole,
  { login, owner }: { readonly login: string; readonly owner: string },
): readonly string[] {
  const changes = objects
    .filter(one => one.is_ours)
    .flatMap(object =>
      (groupOf(object).rights[role] ?? []).map(privilege => ({
        verb: 'grant' as const,
        privilege,
        object,
        role: quoteIdent(login),
      })),
    )
  return grouped(changes, owner)
}

function grouped(changes: readonly Change[], owner: string): readonly string[] {
  const groups = new Map<string, Change[]>()
  for (const change of changes) {
    const { verb, privilege, object, role } = change
    const key = JSON.stringify([
      verb === 'grant',
      verb,
      privilege,
      object.kind === 'default' ? object.identity : onWord(object),
      role,
    ])
    groups.set(key, [...(groups.get(key) ?? []), change])
  }
  // Revokes come first: "false" sorts before "true".
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) => inParts(group).map(part => statementOf(part, owner)))
}

/** Before PUBLIC loses the right to call the functions of views: other roles that read those views keep it. */
function keptCalls(objects: readonly OwnedObject[], names: RoleNames): readonly Change[] {
  const isReader = ({ grantee, isPublic, privilege }: Grant): boolean =>
    !isPublic && privilege === 'select' && !names.all.includes(grantee)
  const readers = objects
    .filter(one => one.kind === 'view' && one.schema === 'clinical' && callingViews.includes(one.name))
    .flatMap(one => one.grants.filter(isReader).map(({ grantee }) => grantee))
  return objects
    .filter(
      one => one.kind === 'function' && viewFunctions.includes(one.name) && one.grants.some(grant => grant.isPublic),
    )
    .flatMap(object =>
      [...new Set(readers)].map(reader => ({
        verb: 'grant' as const,
        privilege: 'execute',
        object,
        role: quoteIdent(reader),
      })),
    )
}

function changesOf(object: OwnedObject, names: RoleNames): readonly Change[] {
  const { granted, rights } = groupOf(object)
  const wanted = memberRoles.flatMap(role =>
    ((granted ?? rights)[role] ?? []).map(privilege => ({ role: names.of[role], privilege })),
  )
  const isWanted = ({ grantee, isPublic, privilege, column }: Grant): boolean =>
    !isPublic && column === null && wanted.some(one => one.role === grantee && one.privilege === privilege)
  const concerned = object.grants.filter(
    ({ grantee, isPublic }) => isPublic || Object.values(names.of).includes(grantee),
  )
  const extra = concerned
    .filter(grant => !isWanted(grant))
    .map(({ grantee, isPublic, privilege, column }) => ({
      verb: 'revoke' as const,
      privilege: column === null ? privilege : `${privilege} (${quoteIdent(column)})`,
      object,
      role: isPublic ? 'public' : quoteIdent(grantee),
    }))
  const given = concerned
    .filter(grant => isWanted(grant) && grant.isGrantable)
    .map(({ grantee, privilege }) => ({
      verb: 'revoke grant option for' as const,
      privilege,
      object,
      role: quoteIdent(grantee),
    }))
  const missing = wanted
    .filter(one =>
      concerned.every(grant => !(isWanted(grant) && grant.grantee === one.role && grant.privilege === one.privilege)),
    )
    .map(({ role, privilege }) => ({ verb: 'grant' as const, privilege, object, role: quoteIdent(role) }))
  return [...extra, ...given, ...missing]
}

function onWord({ kind }: OwnedObject): string {
  if (kind === 'function') return 'routine'
  return kind === 'view' || kind === 'partition' ? 'table' : kind
}

function inParts(group: readonly Change[]): readonly (readonly Change[])[] {
  const [first] = group
  const size = first?.object.kind === 'default' ? 1 : objectsAtOnce
  return Array.from({ length: Math.ceil(group.length / size) }, (_, at) => group.slice(at * size, (at + 1) * size))
}

function statementOf(part: readonly Change[], owner: string): string {
  const [first] = part
  if (first === undefined) throw new Error('a statement changes at least one object')
  const { verb, privilege, object, role } = first
  const direction = verb === 'grant' ? 'to' : 'from'
  if (object.kind === 'default') {
    // `in schema "x" on tables`: the words between have an order of their own.
    const where = object.schema === null ? '' : `in schema ${quoteIdent(object.schema)} `
    return `alter default privileges for role ${quoteIdent(owner)} ${where}${verb} ${privilege} on ${object.name} ${direction} ${role}`
  }
  const list = part.map(one => one.object.identity).join(', ')
  return `${verb} ${privilege} on ${onWord(object)} ${list} ${direction} ${role}`
}
