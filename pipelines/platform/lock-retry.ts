import { setTimeout as sleep } from 'node:timers/promises'
import { LockedError } from './errors.ts'
import type { Log } from './log.ts'
import { errorCode, errorTable, lockNotAvailable, type Session } from './postgres.ts'
import { readSql } from './sql.ts'

/** How long a change may wait for readers, in milliseconds. */
export interface ReaderLimits {
  /** In all; then the command ends with exit 75. */
  readonly budget: number
  /** A usual try: short, because new readers queue up behind it. */
  readonly usual: number
  /**
   * Every tenth try: over `deadlock_timeout` (1 s), or autovacuum is never cancelled, and under twice that (at 3 s a
   * reader was killed as the deadlock's victim).
   */
  readonly tenth: number
}

/** Measured: without a limit, a BI query of 4 s made other readers wait 4 s; with short tries, 0.2 s. */
export const readerLimits: ReaderLimits = { budget: 60_000, usual: 300, tenth: 1500 }

/** One try of a change that keeps readers waiting. */
export interface Try {
  /** The first is 1. */
  readonly number: number
  /** How long it may wait for a lock, as a setting of Postgres: `300ms`. */
  readonly lockTimeout: string
  /** The parent that readers held at the try before: to be locked first, while nothing else is held; null if none is known. */
  readonly first: string | null
}

/** How readers are waited for. */
export interface ReaderWait {
  /** Asks who is in the way; of no use to anybody else meanwhile, and outside a transaction. */
  readonly session: Session
  readonly limits: ReaderLimits
  /** Checked before every try. */
  readonly signal: AbortSignal
  /** What they hold, in words: the source, or the views. */
  readonly held: string
  /** The schema of what they hold: of `clinical` any view, of `store` the parent that a try has named. */
  readonly schema: 'clinical' | 'store'
  /** Told at the 5th try, the 10th, the 20th and so on: seen 2, 5 and 11 s after the first. */
  readonly log?: Log
}

const deadlockDetected = '40P01'

/**
 * Makes a change that takes the locks of readers for a moment, again and again until it has them.
 *
 * @param change makes one try, in one transaction; the server's error 55P03 (no lock in time) names in its table field the
 *   parent that readers hold
 * @returns how many tries it took
 * @throws LockedError when the budget is used up, naming the sessions in the way; what the change throws if it is not about
 *   a lock
 */
export async function withReadersOutOfTheWay(
  change: (attempt: Try) => Promise<unknown>,
  wait: ReaderWait,
): Promise<number> {
  const { limits, signal, held, log } = wait
  const began = Date.now()
  let first: string | null = null
  for (let number = 1; ; number++) {
    signal.throwIfAborted()
    const timeout = number % 10 === 0 ? limits.tenth : limits.usual
    try {
      await change({ number, lockTimeout: `${timeout}ms`, first })
      return number
    } catch (error) {
      const code = errorCode(error)
      if (code !== lockNotAvailable && code !== deadlockDetected) throw error
      // Waiting for the contended one first, while nothing else is held, is what lets its readers finish.
      first = errorTable(error) ?? null
      if (Date.now() > began + limits.budget) {
        throw new LockedError(
          `Readers held ${held} for ${Math.round(limits.budget / 1000)} s; nothing was changed after ${number} tries` +
            `${await whoReads(wait, first)}. Try again when the long query is over.`,
        )
      }
      if (isTold(number)) {
        const seconds = Math.round((Date.now() - began) / 1000)
        log?.info('publish', `waits for readers of ${held}, ${seconds} s so far${await whoReads(wait, first)}`)
      }
    }
    // Jitter, so that two loaders of one source do not meet again at every try.
    await sleep(50 + Math.random() * 150)
  }
}

const isTold = (tries: number): boolean => Number.isInteger(Math.log2(tries / 5))

/** A list of sessions behind a colon; empty if none is found, or it is not known what they hold. */
async function whoReads({ session, schema }: ReaderWait, parent: string | null): Promise<string> {
  if (schema === 'store' && parent === null) return ''
  const relation = schema === 'store' ? parent : null
  const found = await session.query<{ who: string }>(readSql('sql/statements/platform/sessions_reading.sql'), [schema, relation])
  return found.rows.length === 0 ? '' : `: ${found.rows.map(row => row.who).join('; ')}`
}
