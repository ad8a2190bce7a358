import { asLogin } from '../../embedded/target.ts'
import { UsageError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { quoteIdent, readSql } from '../../platform/sql.ts'
import { grantStatements } from './access-sql.ts'
import type { CatalogueObject, Rights } from './access-groups.ts'
import { accessTable, groupOf, ownersAlone } from './access-table.ts'
import { readObjects, recordedPrefix } from './catalogue.ts'
import { openRelations } from './prove-rows.ts'
import { type MemberRole, memberRoles, type RoleNames, roleNames } from './role-names.ts'

/** What the catalogue and a trial say of one role and one object. */
interface TriedObject extends CatalogueObject {
  readonly role: string
  readonly identity: string
  /** Privileges that the role has, directly, through PUBLIC or through another role. */
  readonly granted: readonly string[]
  /** The privileges that `statements` try, by position. */
  readonly trials: readonly string[]
  readonly statements: readonly string[]
  /** The role may use the schema. */
  readonly is_reachable: boolean
}

/** A difference between what a role may do and the access table. */
export interface AccessFinding {
  readonly role: string
  /** `table store.visits`; of a role itself, its name. */
  readonly object: string
  readonly privilege: string
  /** `beyond`: more than the table says; `lacks`: less. */
  readonly kind: 'beyond' | 'lacks'
}

/** What the roles may do with the objects of one group. */
export interface ProvedGroup {
  readonly group: string
  readonly objects: number
  /** By role, without its prefix: what was tried with success, and what only the catalogue tells. */
  readonly may: Readonly<Record<MemberRole, readonly string[]>>
}

/** The proof of a database. */
export interface AccessProof {
  readonly prefix: string
  /** Objects times roles. */
  readonly tried: number
  readonly groups: readonly ProvedGroup[]
  readonly findings: readonly AccessFinding[]
}

/**
 * Takes each role with SET ROLE, tries to read, write and call everything in Caseload's schemas and all that their owner has
 * elsewhere, and compares it with the access table and with the grants in the catalogue. All of it is rolled back.
 *
 * @param session of a login that may take every role
 * @throws UsageError if the database has no roles, or the login may not take one
 */
export async function proveAccess(session: Session): Promise<AccessProof> {
  const prefix = await recordedPrefix(session)
  if (prefix === undefined) {
    throw new UsageError('Expected a database with roles, found none. To make them: caseload migrate')
  }
  const names = roleNames(prefix)
  const roles = Object.values(names.of)
  const byDefault = await defaultFindings(session, names)
  return asLogin(session, async () => {
    await requireRoles(session, roles)
    const found = await session.query<TriedObject>(readSql('sql/statements/access/trial_objects.sql'), [
      names.owner,
      roles,
    ])
    const groups = new Map([...accessTable, ownersAlone].map(({ group }) => [group, emptyGroup(group)] as const))
    const findings: AccessFinding[] = [...(await roleFindings(session, names)), ...byDefault]
    await session.query('begin')
    try {
      await session.query(`set local lock_timeout = '5s'`)
      await session.query(readSql('sql/statements/access/make_trials.sql'))
      for (const role of memberRoles) {
        const objects = found.rows.filter(one => one.role === names.of[role])
        const worked = await tryAll(session, names.of[role], objects)
        for (const [at, object] of objects.entries()) {
          const tried = worked[at] ?? []
          findings.push(...compare(role, object, tried))
          noteTried(groups, role, object, tried)
        }
        if (role !== 'care') continue
        const open = await openRelations(session, names.of.care, objects)
        findings.push(...open.map(({ relation, privilege }) => finding(relation, privilege, 'beyond')))
      }
    } finally {
      await session.query('rollback')
    }
    return {
      prefix,
      tried: found.rows.length,
      groups: [...groups.values()].filter(one => one.objects > 0),
      findings,
    }
  })
}

/** @throws UsageError naming the roles that the login may not take */
async function requireRoles(session: Session, roles: readonly string[]): Promise<void> {
  const found = await session.query<{ login: string; role: string }>(readSql('sql/statements/access/untakable.sql'), [
    roles,
  ])
  const [first] = found.rows
  if (first === undefined) return
  const list = found.rows.map(one => quoteIdent(one.role)).join(', ')
  throw new UsageError(
    `Expected a login that may take every role, found that ${first.login} may not take ${list}. Call it as a superuser, or: ` +
      `grant ${list} to ${quoteIdent(first.login)}.`,
  )
}

const inCall = 400

/** By object: the trials that worked. */
async function tryAll(
  session: Session,
  role: string,
  objects: readonly TriedObject[],
): Promise<readonly (readonly string[])[]> {
  const statements = objects.flatMap(one => one.statements)
  const answers: boolean[] = []
  for (let at = 0; at < statements.length; at += inCall) {
    const done = await session.query<{ answers: readonly boolean[] }>(
      'select array_to_json(pg_temp.caseload_trial($1, $2)) as answers',
      [role, statements.slice(at, at + inCall)],
    )
    answers.push(...(done.rows[0]?.answers ?? []))
  }
  let next = 0
  return objects.map(({ trials }) => trials.filter(() => answers[next++] === true))
}

function compare(role: MemberRole, object: TriedObject, worked: readonly string[]): readonly AccessFinding[] {
  const { rights, granted } = groupOf(object)
  const mayGrant = privilegesOf(granted ?? rights, role)
  const may = privilegesOf(rights, role)
  const beyond = [...object.granted.filter(one => !mayGrant.includes(one)), ...worked.filter(one => !may.includes(one))]
  const lacks = [
    ...mayGrant.filter(one => !object.granted.includes(one)),
    ...may.filter(one => object.is_reachable && object.trials.includes(one) && !worked.includes(one)),
  ]
  return [
    ...[...new Set(beyond)].map(privilege => finding(object, privilege, 'beyond')),
    ...[...new Set(lacks)].map(privilege => finding(object, privilege, 'lacks')),
  ]
}

const finding = (
  { role, kind: of, identity }: TriedObject,
  privilege: string,
  kind: AccessFinding['kind'],
): AccessFinding => ({ role, object: `${of} ${identity}`, privilege, kind })

const privilegesOf = (rights: Rights, role: MemberRole): readonly string[] => rights[role] ?? []

interface GroupInTheMaking {
  readonly group: string
  objects: number
  readonly may: Record<MemberRole, string[]>
}

const emptyGroup = (group: string): GroupInTheMaking => ({
  group,
  objects: 0,
  may: { loader: [], operator: [], clinical: [], care: [], quality: [], audit: [] },
})

function noteTried(
  groups: ReadonlyMap<string, GroupInTheMaking>,
  role: MemberRole,
  object: TriedObject,
  worked: readonly string[],
): void {
  const group = groups.get(groupOf(object).group)
  if (group === undefined) return
  if (role === memberRoles[0]) group.objects += 1
  // Without the schema, a function is called by the views that name it.
  const untried = object.granted.filter(one => (object.is_reachable ? !object.trials.includes(one) : one === 'execute'))
  for (const one of [...worked, ...untried]) if (!group.may[role].includes(one)) group.may[role].push(one)
}

/** A role of Caseload has no attributes, and is a member of no other role. */
async function roleFindings(session: Session, { all }: RoleNames): Promise<readonly AccessFinding[]> {
  const found = await session.query<{
    role: string
    attributes: readonly string[]
    member_of: readonly string[]
  }>(readSql('sql/statements/access/role_attributes.sql'), [all])
  return found.rows.flatMap(({ role, attributes, member_of: memberOf }) =>
    [...attributes, ...memberOf.map(other => `member of ${other}`)].map(privilege => ({
      role,
      object: 'the role itself',
      privilege,
      kind: 'beyond' as const,
    })),
  )
}

/** What the owner makes later would have other grants than the table says. */
async function defaultFindings(session: Session, names: RoleNames): Promise<readonly AccessFinding[]> {
  const objects = (await readObjects(session, names)).filter(one => one.kind === 'default')
  return grantStatements(objects, names).map(statement => ({
    role: names.owner,
    object: 'default privileges',
    privilege: statement,
    kind: / revoke /.test(statement) ? ('beyond' as const) : ('lacks' as const),
  }))
}
