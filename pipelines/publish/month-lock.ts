import { setTimeout as sleep } from 'node:timers/promises'
import type { Batch } from '../source/batch.ts'
import { LockedError } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/** How a month's lock is waited for. */
export interface MonthWait {
  /** Looked at while waiting. */
  readonly signal: AbortSignal
  /** Told once that it waits, and for whom. */
  readonly log: Log
  /** How long in milliseconds; by default as long as to split a large month may take somebody else. */
  readonly patience?: number
}

const tenMinutes = 600_000

/**
 * Does some work while no other session changes which leaves the days of a month have. Waits for its turn: whoever holds
 * the lock merges that month, or publishes one of its days, and is soon done. It asks again and again instead of waiting
 * on the server, where a signal would not end it and a lock_timeout of the role would.
 *
 * @param session holds the lock for as long as it lives, or until the work is over
 * @param batch any day of the month
 * @throws LockedError when its patience is over; what the work throws
 */
export async function underMonthLock<T>(
  session: Session,
  batch: Batch,
  { signal, log, patience = tenMinutes }: MonthWait,
  work: () => Promise<T>,
): Promise<T> {
  const key = [batch.source, batch.date]
  const deadline = Date.now() + patience
  const month = `${batch.source} ${batch.date.slice(0, 7)}`
  for (let tries = 1; ; tries++) {
    signal.throwIfAborted()
    const asked = await session.query<{ got: boolean; holder: string | null }>(
      readSql('sql/statements/publish/try_month_lock.sql'),
      key,
    )
    const [answer] = asked.rows
    if (answer?.got === true) break
    const holder = answer?.holder ?? 'a session that is just done'
    if (Date.now() > deadline) {
      throw new LockedError(
        `The leaves of ${month} were held by ${holder} for ${Math.round(patience / 1000)} s. Try again when it is done.`,
      )
    }
    if (tries === 20) log.info('publish', `waits for ${holder}, which holds the leaves of ${month}`)
    await sleep(20 + Math.random() * 60)
  }
  try {
    return await work()
  } finally {
    // Where the connection is lost, so is the lock.
    await session.query('select pg_advisory_unlock(caseload.month_key($1, $2))', key).catch(() => undefined)
  }
}
