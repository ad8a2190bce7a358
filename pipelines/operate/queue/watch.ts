import { setTimeout as sleep } from 'node:timers/promises'
import { CaseloadError, UsageError } from '../../platform/errors.ts'
import type { Log } from '../../platform/log.ts'
import { isConnectionLost, isTransient } from '../../platform/server-error.ts'
import type { SourceProblem } from '../backfill/decide-batches.ts'

/** What watches a landing root. */
export interface WatchParts {
  /** Looks once, so many days back. */
  readonly look: (days: number, now: Date) => Promise<readonly SourceProblem[]>
  /** How many days back the longest look goes. */
  readonly days: number
  /** The pause between two looks. */
  readonly intervalMs: number
  readonly stopping: AbortSignal
  readonly log: Log
}

/** The days that most deliveries are for; each look lists these. */
const recentDays = 3
/** How often a look goes all days back. To list 31 days of 750 sources costs a minute on a slow NFS. */
const fullMs = 600_000
/** How long a look may go on after the signal that stops it. */
const graceMs = 5000

/**
 * Looks at the landing root until it is stopped. What may pass, such as a lost connection or a landing root that is not mounted, is
 * told once, and once that it is over.
 *
 * @throws CaseloadError if the next look would fail the same way, such as on a ledger that is newer than this code
 */
export async function watch({ look, days, intervalMs, stopping, log }: WatchParts): Promise<void> {
  let lastFull = -Infinity
  let isFailing = false
  let told: ReadonlySet<string> = new Set()
  // A call of a lost network mount never ends.
  const givenUp = new Promise<undefined>(resolve => {
    const later = (): void => {
      setTimeout(resolve, graceMs, undefined).unref()
    }
    stopping.addEventListener('abort', later, { once: true })
  })
  while (!stopping.aborted) {
    const begun = performance.now()
    const isFull = begun - lastFull >= fullMs
    try {
      const found = await Promise.race([look(isFull ? days : Math.min(days, recentDays), new Date()), givenUp])
      if (found === undefined) return
      if (isFull) lastFull = begun
      if (isFailing) log.info('watch', 'the landing root is looked at again')
      isFailing = false
      const problems = found.map(one => `${one.source} is not watched: ${one.error.message}`)
      for (const problem of problems) if (!told.has(problem)) log.warn('watch', problem)
      told = new Set(problems)
    } catch (error) {
      if (!mayPass(error)) throw error
      if (!isFailing) log.warn('watch', `the landing root is not looked at: ${messageOf(error)}`)
      isFailing = true
    }
    await sleep(intervalMs, undefined, { signal: stopping }).catch(() => undefined)
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof CaseloadError) return !(error instanceof UsageError)
  // A call of the file system: a network mount that is away.
  const isOfSystem = error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string'
  return isConnectionLost(error) || isTransient(error) || isOfSystem
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown error')
