import { setTimeout as sleep } from 'node:timers/promises'
import type { Batch } from './batch.ts'
import { DatabaseError, LockedError, PassingError } from './errors.ts'
import { errorCode, errorTable, isConnectionLost, type Session } from './postgres.ts'

/** How long a publish may wait for readers, in milliseconds. */
export interface PublishLimits {
  /** In all; then the run ends with exit 75. */
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
export const publishLimits: PublishLimits = { budget: 60_000, usual: 300, tenth: 1500 }

const lockNotAvailable = '55P03'
const deadlockDetected = '40P01'
const runNotRunning = 'CL001'

/** One try of a change that keeps readers waiting. */
export interface Try {
  /** The first is 1. */
  readonly number: number
  /** How long it may wait for a lock, as a setting of Postgres: `300ms`. */
  readonly lockTimeout: string
  /** The parent that readers held at the try before: to be locked first, while nothing else is held; null if none is known. */
  readonly first: string | null
}

/**
 * Calls a function of the database that takes the locks of readers for a moment, again and again until it has them.
 *
 * @param call makes one try, in one transaction; the server's error 55P03 (no lock in time) names in its table field the
 *   parent that readers hold
 * @param signal checked before every try
 * @param held what readers are said to hold where the budget is used up: the source
 * @returns how many tries it took
 * @throws LockedError when the budget is used up; what the call throws if it is not about a lock
 */
export async function withReadersOutOfTheWay(
  call: (attempt: Try) => Promise<unknown>,
  limits: PublishLimits,
  signal: AbortSignal,
  held = 'the tables',
): Promise<number> {
  const deadline = Date.now() + limits.budget
  let first: string | null = null
  for (let number = 1; ; number++) {
    signal.throwIfAborted()
    const timeout = number % 10 === 0 ? limits.tenth : limits.usual
    try {
      await call({ number, lockTimeout: `${timeout}ms`, first })
      return number
    } catch (error) {
      const code = errorCode(error)
      if (code !== lockNotAvailable && code !== deadlockDetected) throw error
      // Waiting for the contended one first, while nothing else is held, is what lets its readers finish.
      first = errorTable(error) ?? null
      if (Date.now() > deadline) {
        throw new LockedError(
          `Readers held ${held} for ${Math.round(limits.budget / 1000)} s; nothing was changed after ${number} tries. ` +
            'Try again when the long query is over.',
        )
      }
    }
    // Jitter, so that two loaders of one source do not meet again at every try.
    await sleep(50 + Math.random() * 150)
  }
}

/**
 * Publishes everything a run staged, in one call and one short transaction, trying again while readers are in the way.
 *
 * @param session the one that holds the batch's advisory lock
 * @param isPublished looks the run up in the ledger over another connection; asked when the connection was lost during
 *   the commit
 * @param signal checked before every try
 * @returns how many tries it took
 * @throws LockedError when the budget is used up; the caller drops what was staged
 */
export async function publish(
  session: Session,
  batch: Batch,
  runId: string,
  isPublished: () => Promise<boolean>,
  signal: AbortSignal,
  limits: PublishLimits = publishLimits,
): Promise<number> {
  let tries = 0
  const call = async ({ number, lockTimeout, first }: Try): Promise<void> => {
    tries = number
    await session.query('select caseload.publish($1, $2, $3, $4)', [runId, lockTimeout, number, first])
  }
  try {
    return await withReadersOutOfTheWay(call, limits, signal, batch.source)
  } catch (error) {
    if (isConnectionLost(error)) {
      if (await askLedger(isPublished)) return tries
      throw new PassingError('The connection was lost while publishing, and the ledger says nothing was published.')
    }
    if (errorCode(error) === runNotRunning) {
      throw new LockedError(`This run was declared dead by another run of ${batch.source} ${batch.date}.`)
    }
    throw error
  }
}

async function askLedger(isPublished: () => Promise<boolean>): Promise<boolean> {
  try {
    return await isPublished()
  } catch (error) {
    throw new DatabaseError(
      'The connection was lost while publishing, and the ledger cannot be asked: whether the batch is published is not ' +
        'known. `caseload status` tells once the server is back; to run the batch again is safe.',
      { cause: error },
    )
  }
}
