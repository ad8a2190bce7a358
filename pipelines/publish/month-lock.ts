import type { Batch } from '../source/batch.ts'
import { withAdvisoryLock } from '../platform/advisory-lock.ts'
import type { Log } from '../platform/log.ts'
import type { Session } from '../platform/postgres.ts'

/** How to wait for the lock of a month. */
export interface MonthLockOptions {
  /** Checked while waiting. */
  readonly signal: AbortSignal
  /** Gets one line after about a second of waiting, with the session that holds the lock. */
  readonly log: Log
  /** The maximum wait in milliseconds; the default is as long as another command may take to split a large month. */
  readonly patience?: number
}

const tenMinutes = 600_000

/**
 * Does some work while no other session changes which leaves the days of a month have. The session that holds the lock
 * merges that month, or publishes one of its days.
 *
 * @param session holds the lock until the work is over, or the session ends
 * @param batch any day of the month
 * @throws LockedError when the patience is used up, and what the work throws
 */
export async function underMonthLock<T>(
  session: Session,
  batch: Batch,
  { signal, log, patience = tenMinutes }: MonthLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const month = `${batch.source} ${batch.date.slice(0, 7)}`
  const named = (holder = 'a session that is just done'): string => holder
  return withAdvisoryLock(
    session,
    {
      key: { expression: 'caseload.month_key($1, $2::date)', parameters: [batch.source, batch.date] },
      patience,
      signal,
      onWaiting: holder => {
        log.info('publish', `waits for ${named(holder)}, which holds the leaves of ${month}`)
      },
      lockedMessage: holder =>
        `The leaves of ${month} were held by ${named(holder)} for ${Math.round(patience / 1000)} s. Try again when it is done.`,
    },
    work,
  )
}
