import { setTimeout as sleep } from 'node:timers/promises'
import { LockedError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

const lockName = 'caseload/migrate'

/** A migration that waits for a table gives up after 10 s, and a column is added in no time. */
const twoMinutes = 120_000

/**
 * Does some work in one transaction while no other session migrates or makes views. It asks for the lock again and again:
 * to wait on the server would know no end.
 *
 * The lock is the session's and is taken before the transaction begins: a transaction that waited for it inside would
 * look tables up in a catalog cache from before the wait.
 *
 * @param patience how long to wait for the lock, in milliseconds
 * @throws LockedError when its patience is over; what the work throws, after a rollback
 */
export async function underMigrationLock<T>(
  session: Session,
  work: () => Promise<T>,
  patience: number = twoMinutes,
): Promise<T> {
  await takeLock(session, patience)
  try {
    await session.query('begin')
    const result = await work()
    await session.query('commit')
    return result
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    throw error
  } finally {
    await session.query('select pg_advisory_unlock(hashtextextended($1, 0))', [lockName]).catch(() => undefined)
  }
}

async function takeLock(session: Session, patience: number): Promise<void> {
  const deadline = Date.now() + patience
  for (;;) {
    const asked = await session.query<{ got: boolean; holder: string | null }>(
      readSql('sql/statements/ledger/try_migration_lock.sql'),
      [lockName],
    )
    const [answer] = asked.rows
    if (answer?.got === true) return
    if (Date.now() > deadline) {
      const holder = answer?.holder ?? ''
      throw new LockedError(
        `Another session${holder === '' ? '' : ` (${holder})`} has migrated the database or made its views for ` +
          `${Math.round(patience / 1000)} s. Try again when it is done.`,
      )
    }
    await sleep(20 + Math.random() * 60)
  }
}
