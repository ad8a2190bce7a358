import { countText } from '../../platform/count-text.ts'
import { UsageError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { grantStatements, ownerStatements, roleStatements, schemaRightStatement } from './access-sql.ts'
import { type AccessFacts, readFacts, readObjects, recordedPrefix } from './catalogue.ts'
import { defaultPrefix, type RoleNames, roleNames } from './role-names.ts'

/** What gives this database its roles, in the order in which it has to happen. */
export interface AccessPlan {
  readonly names: RoleNames
  /** Makes the roles, and lets the login act as the owner's. */
  readonly roles: readonly string[]
  /** Lets the owner's role make schemas; undefined if it may. */
  readonly schemaRight: string | undefined
  /** Gives objects to the owner's role. */
  readonly owners: readonly string[]
  /** Grants and revokes. */
  readonly grants: readonly string[]
  readonly facts: AccessFacts
  /** Why the target of this database has no roles; undefined if it has. */
  readonly refused: string | undefined
}

/**
 * Reads what is missing until the roles have what the access table says.
 *
 * @param asked the prefix that the user names; undefined for that of this database, or the default one
 * @param refused why the target of this database has no roles; undefined if it has
 * @throws UsageError if the database has roles of another prefix, or a target without roles
 */
export async function planAccess(
  session: Session,
  asked: string | undefined,
  refused: string | undefined,
): Promise<AccessPlan> {
  const recorded = await recordedPrefix(session)
  if (asked !== undefined && refused !== undefined) throw new UsageError(`${refused}. Leave --roles out.`)
  if (asked !== undefined && recorded !== undefined && asked !== recorded) {
    throw new UsageError(
      `Expected the prefix ${recorded}, which the roles of this database have, found ${asked}. Leave --roles out.`,
    )
  }
  const names = roleNames(asked ?? recorded ?? defaultPrefix)
  const facts = await readFacts(session, names)
  const objects = await readObjects(session, names)
  return {
    names,
    facts,
    refused,
    roles: roleStatements(names, facts),
    schemaRight: facts.owner_may_make_schemas ? undefined : schemaRightStatement(names, facts),
    owners: ownerStatements(objects, names),
    grants: grantStatements(objects, names),
  }
}

/** Why this login cannot make the roles; undefined if it can. A sentence for a person. */
export function accessObstacle({ names, facts, roles, refused }: AccessPlan): string | undefined {
  if (refused !== undefined) return refused
  const missing = names.all.filter(name => !facts.there.includes(name))
  if (missing.length > 0 && !facts.may_create_roles) {
    return (
      `The roles ${names.prefix}_* were not made, because ${facts.login} may not create roles; ${facts.login} owns everything, as ` +
      'before. Whoever may create roles finds the statements in: caseload grants --sql'
    )
  }
  if (roles.length > 0 && !facts.is_superuser && !facts.may_act && !facts.may_join) {
    return (
      `The role ${names.owner} exists, and ${facts.login} may not act as it; nothing was given to it. Whoever may grant it finds ` +
      `the statements in: caseload grants --sql. Another installation may use the role: caseload migrate --roles <prefix> makes others`
    )
  }
  return undefined
}

/** What a plan does, in words for a person. */
export function planWords({ names, facts, owners, grants }: AccessPlan): readonly string[] {
  const missing = names.all.filter(name => !facts.there.includes(name))
  return [
    ...(missing.length === 0 ? [] : [`${countText(missing.length, 'role')} ${missing.join(', ')}`]),
    ...(owners.length === 0 ? [] : [`${countText(owners.length, 'object')} given to ${names.owner}`]),
    ...(grants.length === 0 ? [] : [countText(grants.length, 'statement of grants', 'statements of grants')]),
  ]
}

/** Executes what {@link grantStatements} finds missing. */
export async function applyGrants(session: Session, names: RoleNames): Promise<void> {
  for (const statement of grantStatements(await readObjects(session, names), names)) await session.query(statement)
}

/**
 * Grants what the access table says on objects that the session has just made or replaced; in the caller's transaction. Does
 * nothing where the database has no roles, or the cluster lacks them: after a restore, `caseload migrate` makes them again.
 */
export async function keepAccess(session: Session): Promise<void> {
  const prefix = await recordedPrefix(session)
  if (prefix === undefined) return
  const names = roleNames(prefix)
  const { there, may_act, is_superuser } = await readFacts(session, names)
  if (there.length === names.all.length && (may_act || is_superuser)) await applyGrants(session, names)
}
