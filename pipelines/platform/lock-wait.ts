import { setTimeout as sleep } from 'node:timers/promises'
import { LockedError } from './errors.ts'
import type { Log } from './log.ts'
import type { Session } from './postgres.ts'
import { errorCode, errorTable, lockNotAvailable } from './server-error.ts'
import { readSql } from './sql.ts'

/** How long a change may wait for the locks of readers. */
export interface LockWaitLimits {
  /** In all, in milliseconds; then the command ends with exit 75. */
  readonly budgetMs: number
  /** The same where the wait is worth more, see {@link LockWaitOptions.isWorthWaiting}. */
  readonly longBudgetMs: number
  /** A usual attempt, in milliseconds: short, because new readers queue up behind it. */
  readonly lockTimeoutMs: number
  /**
   * Every tenth attempt, in milliseconds: over `deadlock_timeout` (1 s), or autovacuum is never cancelled, and under twice
   * that (at 3 s the server killed a reader as the deadlock's victim).
   */
  readonly everyTenthMs: number
  /** Each further table of one attempt, in milliseconds, while locks are held already; see `lock_parents.sql`. */
  readonly nextLockTimeoutMs: number
}

/** Measured: without a limit, a BI query of 4 s made other readers wait 4 s; with short attempts, 0.2 s. */
export const lockWaitLimits: LockWaitLimits = {
  budgetMs: 60_000,
  longBudgetMs: 600_000,
  lockTimeoutMs: 300,
  everyTenthMs: 1500,
  nextLockTimeoutMs: 50,
}

/** One attempt at a change that keeps readers waiting. */
export interface LockAttempt {
  /** The first is 1. */
  readonly number: number
  /** How long it may wait for its first lock, as a setting of Postgres: `300ms`. */
  readonly lockTimeout: string
  /** How long it may wait for each further one. */
  readonly nextLockTimeout: string
  /** The parent that readers held at the attempt before: it is locked first, before any other lock; null if unknown. */
  readonly first: string | null
}

/** What {@link retryUntilLocked} needs. */
export interface LockWaitOptions {
  /** Asks which sessions are in the way. Nothing else uses it meanwhile, and it is outside a transaction. */
  readonly session: Session
  readonly limits: LockWaitLimits
  /** Checked before every attempt. */
  readonly signal: AbortSignal
  /** What the readers hold, for messages: the source, or the views. */
  readonly subject: string
  /** The schema of what they hold: of `clinical` any view, of `store` the parent that an attempt has named. */
  readonly schema: 'clinical' | 'store'
  /**
   * Asked when the budget is used up: true for more attempts, until the long budget is used up, too. A refresh of the marts
   * ends by itself, a query of a user may not.
   *
   * @param parent what readers held at the last attempt; null if unknown
   */
  readonly isWorthWaiting?: (parent: string | null) => Promise<boolean>
  /** Gets a line at the 5th attempt, the 10th, the 20th and so on: seen 2, 5 and 11 s after the first. */
  readonly log?: Log
}

const deadlockDetected = '40P01'

/**
 * Makes a change that needs the locks of readers for a moment. Tries again until it gets them or the budget is used up.
 *
 * @param change makes one attempt, in one transaction; the server's error 55P03 (no lock in time) names in its table field
 *   the parent that readers hold
 * @returns how many attempts it took
 * @throws LockedError when the budget is used up, naming the sessions in the way; what the change throws if it is not about
 *   a lock
 */
export async function retryUntilLocked(
  change: (attempt: LockAttempt) => Promise<unknown>,
  options: LockWaitOptions,
): Promise<number> {
  const { limits, signal, subject, log, isWorthWaiting } = options
  const began = Date.now()
  let first: string | null = null
  for (let number = 1; ; number++) {
    signal.throwIfAborted()
    const timeout = number % 10 === 0 ? limits.everyTenthMs : limits.lockTimeoutMs
    try {
      const nextLockTimeout = `${limits.nextLockTimeoutMs}ms`
      await change({ number, lockTimeout: `${timeout}ms`, nextLockTimeout, first })
      return number
    } catch (error) {
      const code = errorCode(error)
      if (code !== lockNotAvailable && code !== deadlockDetected) throw error
      // To wait for the contended parent first, before any other lock is held, lets its readers finish.
      first = errorTable(error) ?? null
      const waited = Date.now() - began
      const isOver = waited > limits.budgetMs && (await isWorthWaiting?.(first)) !== true
      if (isOver || waited > limits.longBudgetMs) {
        throw new LockedError(
          `Readers held ${subject} for ${Math.round(waited / 1000)} s; nothing was changed after ${number} tries` +
            `${await sessionsInTheWay(options, first)}. Try again when they are done.`,
        )
      }
      if (isLogged(number)) {
        const who = await sessionsInTheWay(options, first)
        log?.info('publish', `waits for readers of ${subject}, ${Math.round(waited / 1000)} s so far${who}`)
      }
    }
    // Jitter, so that two loaders of one source do not collide at every attempt.
    await sleep(50 + Math.random() * 150)
  }
}

const isLogged = (attempts: number): boolean => Number.isInteger(Math.log2(attempts / 5))

/** The table, and a list of sessions after a colon; empty if the parent is unknown. */
async function sessionsInTheWay({ session, schema }: LockWaitOptions, parent: string | null): Promise<string> {
  if (schema === 'store' && parent === null) return ''
  const table = schema === 'store' ? ` (table ${schema}.${parent})` : ''
  const relation = schema === 'store' ? parent : null
  const found = await session.query<{ who: string }>(readSql('sql/statements/platform/sessions_reading.sql'), [
    schema,
    relation,
  ])
  return found.rows.length === 0 ? table : `${table}: ${found.rows.map(row => row.who).join('; ')}`
}
