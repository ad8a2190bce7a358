import { setTimeout as sleep } from 'node:timers/promises'
import { asLogin } from '../embedded/target.ts'
import { type LockWaitLimits, retryUntilLocked } from '../platform/lock-wait.ts'
import type { Session } from '../platform/postgres.ts'
import { errorCode, insufficientPrivilege } from '../platform/server-error.ts'
import { readSql } from '../platform/sql.ts'
import { ownerStatements, roleStatements, schemaRightStatement } from './access/access-sql.ts'
import { readFacts, readObjects } from './access/catalogue.ts'
import { accessObstacle, type AccessPlan, applyGrants, planAccess, planWords } from './access/plan-access.ts'
import type { RoleNames } from './access/role-names.ts'
import { keepRowSecurity } from './access/row-rights.ts'
import { rolesRefused } from './layout.ts'
import { underMigrationLock } from './migration-lock.ts'

/** What was done to give the database its roles, in words for a person. */
export interface SettledAccess {
  /** What changed. */
  readonly changed: readonly string[]
  /** What was left out and why; undefined if nothing was. */
  readonly leftOut: string | undefined
}

/** How a change of owners waits for readers of a partition. */
export interface SettleOptions {
  readonly limits: LockWaitLimits
  readonly signal: AbortSignal
}

/** Each takes a lock that readers wait for, and a transaction of all would need a lock for each partition. */
const movedAtOnce = 100

/**
 * Makes the roles that are missing, gives Caseload's objects to the owner's role, and grants what the access table says. Works as
 * the login, and ends as the owner's role. Safe to repeat, also after an end in the middle, and while another database of the
 * cluster makes the same roles.
 *
 * @param asked see {@link planAccess}
 * @throws LockedError if readers hold an object for as long as the budget
 */
export async function settleAccess(
  session: Session,
  asked: string | undefined,
  options: SettleOptions,
): Promise<SettledAccess> {
  const first = await planAccess(session, asked, await rolesRefused(session))
  const obstacle = accessObstacle(first)
  if (obstacle !== undefined) return { changed: [], leftOut: obstacle }
  let leftOut: string | undefined
  await asLogin(session, async () => {
    await makeRoles(session, first.names)
    leftOut = await letMakeSchemas(session, first)
    await moveObjects(session, first.names, options)
  })
  await underMigrationLock(session, async () => {
    await session.query(readSql('sql/statements/access/record.sql'), [first.names.prefix])
    // A dump that was restored before its roles were made has lost its policies.
    await keepRowSecurity(session)
    await applyGrants(session, first.names)
  })
  return { changed: planWords(first), leftOut }
}

/** SQLSTATEs of a role, a membership or a right that another session makes at the same moment. */
const madeMeanwhile: readonly string[] = ['42710', '23505', 'XX000', '40P01', '40001']

/** Roles belong to the cluster, and advisory locks to a database: so this tries again until nothing is missing. */
async function makeRoles(session: Session, names: RoleNames): Promise<void> {
  await untilAlone(async () => {
    for (const statement of roleStatements(names, await readFacts(session, names))) await session.query(statement)
  })
}

async function letMakeSchemas(session: Session, { names, facts }: AccessPlan): Promise<string | undefined> {
  const statement = schemaRightStatement(names, facts)
  const refused = `${names.owner} may not make schemas, which the marts and the queue need. As the owner of the database: ${statement}`
  if (!facts.may_grant_schemas) return (await readFacts(session, names)).owner_may_make_schemas ? undefined : refused
  try {
    await untilAlone(async () => {
      if (!(await readFacts(session, names)).owner_may_make_schemas) await session.query(statement)
    })
    return undefined
  } catch (error) {
    if (errorCode(error) !== insufficientPrivilege) throw error
    return refused
  }
}

/** Does some work again, from its start, while another session is in its way. */
async function untilAlone(work: () => Promise<void>): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await work()
      return
    } catch (error) {
      if (!madeMeanwhile.includes(errorCode(error) ?? '') || tries > 100) throw error
      await sleep(Math.random() * 50)
    }
  }
}

/** A batch that runs meanwhile makes partitions of the owner before: so this looks again until it finds none. */
async function moveObjects(session: Session, names: RoleNames, { limits, signal }: SettleOptions): Promise<void> {
  for (let rounds = 1; rounds <= 5; rounds++) {
    const statements = ownerStatements(await readObjects(session, names), names)
    if (statements.length === 0) return
    for (let at = 0; at < statements.length; at += movedAtOnce) {
      const part = statements.slice(at, at + movedAtOnce)
      await retryUntilLocked(
        ({ lockTimeout }) =>
          underMigrationLock(session, async () => {
            await session.query(`select set_config('lock_timeout', $1, true)`, [lockTimeout])
            for (const statement of part) await session.query(statement)
          }),
        { session, limits, signal, subject: 'an object that gets another owner', schema: 'store' },
      )
    }
  }
}
