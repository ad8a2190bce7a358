import { withAdvisoryLock } from '../platform/advisory-lock.ts'
import type { Session } from '../platform/postgres.ts'

// No function of Caseload: before the first migration it does not exist.
const key = { expression: 'hashtextextended($1, 0)', parameters: ['caseload/migrate'] }

/** A migration that waits for a table gives up after 10 s, and adding a column takes a moment. */
const twoMinutes = 120_000

/**
 * Does some work in one transaction while no other session migrates or makes views.
 *
 * The session takes the lock before the transaction begins: a transaction that waited for it inside would look tables up
 * in a catalog cache from before the wait.
 *
 * @param patience the maximum wait for the lock, in milliseconds
 * @throws LockedError when the patience is used up; what the work throws, after a rollback
 */
export async function underMigrationLock<T>(
  session: Session,
  work: () => Promise<T>,
  patience: number = twoMinutes,
): Promise<T> {
  return withMigrationLock(session, () => inTransaction(session, work), patience)
}

/**
 * As {@link underMigrationLock}, for work that has transactions of its own. The work may call underMigrationLock: a session
 * takes the lock as often as it wants.
 *
 * @throws LockedError when the patience is used up, and what the work throws
 */
export async function withMigrationLock<T>(
  session: Session,
  work: () => Promise<T>,
  patience: number = twoMinutes,
): Promise<T> {
  const lockedMessage = (holder = ''): string =>
    `Another session${holder === '' ? '' : ` (${holder})`} has migrated the database or made its views for ` +
    `${Math.round(patience / 1000)} s. Try again when it is done.`
  return withAdvisoryLock(session, { key, patience, lockedMessage }, work)
}

async function inTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  try {
    await session.query('begin')
    const result = await work()
    await session.query('commit')
    return result
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    throw error
  }
}
