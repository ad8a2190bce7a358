import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from '../../platform/errors.ts'
import type { Log } from '../../platform/log.ts'
import type { Session } from '../../platform/postgres.ts'
import { isConnectionLost } from '../../platform/server-error.ts'
import type { BatchOutcome } from '../backfill/outcome.ts'
import { startHeartbeat } from './heartbeat.ts'
import type { ClaimedJob } from './job.ts'
import { jobResult, type Ran } from './job-end.ts'
import { guardOf, type LeaseGuard } from './lease-guard.ts'
import { claimJob, endJob } from './leases.ts'
import { openSources } from './open-sources.ts'
import { type Reconnecting, reconnecting } from './reconnecting.ts'

/** What a worker works with. */
export interface WorkerParts {
  /** Host, process and a random part. */
  readonly worker: string
  /** The maximum number of batches at once. */
  readonly concurrency: number
  /** The maximum number of batches of one source at once, on all workers. */
  readonly perSource: number | undefined
  /** End when no job is left that this worker can run. */
  readonly drain: boolean
  /** Opens a session without retries. */
  readonly openSession: () => Promise<Session>
  /** Aborted when the worker is to take no further job. */
  readonly stopping: AbortSignal
  /** Checks that the worker may go on, such as that the ledger is not newer than its code; its error ends the worker. */
  readonly requireFit: (session: Session) => Promise<void>
  /** Why this worker cannot run a job; undefined if it can. */
  readonly refusal: (session: Session, job: ClaimedJob) => Promise<string | undefined>
  /** Runs a job; never rejects. */
  readonly run: (guard: LeaseGuard) => Promise<Ran>
  /** Called after batches were published: when no job is left to take, or every five minutes. */
  readonly onPublished: () => Promise<void>
  /** Gets each batch when its job has ended, was given back or waits for its next try. */
  readonly onEnd: (outcome: BatchOutcome, isDead: boolean) => void
  /** Called every few seconds while the worker reaches the queue. */
  readonly onBeat?: () => void
  readonly log: Log
}

/** What a worker leaves in the queue. */
export interface WorkerEnd {
  /** By source, why this worker could not run its jobs. */
  readonly refused: ReadonlyMap<string, string>
}

const pollMs = 400
/** A worker that is never idle calls `onPublished` so often. */
const busyMs = 300_000
/** How long a worker leaves a source alone that it cannot run. */
const refusedMs = 60_000
/** A worker that drains gives up after so many failures in a row, half a minute. */
const mostFailures = 30

/**
 * Takes jobs and runs them, several at once, until it is stopped, or, with `drain`, until the queue is empty.
 *
 * @throws CaseloadError if the worker may not go on, after its batches have ended
 */
export async function work(parts: WorkerParts): Promise<WorkerEnd> {
  const { worker, stopping, log } = parts
  const queue = reconnecting(parts.openSession)
  const guards = new Map<string, LeaseGuard>()
  const running = new Set<Promise<void>>()
  const stopHeartbeat = startHeartbeat({ worker, openSession: parts.openSession, guards, onBeat: parts.onBeat, log })
  const refused = new Map<string, { readonly why: string; readonly until: number }>()
  const since = { published: false, at: performance.now() }
  let idle: Promise<void> | undefined
  const catchUp = (): void => {
    if (!since.published || idle !== undefined) return
    since.published = false
    since.at = performance.now()
    idle = parts.onPublished().finally(() => {
      idle = undefined
    })
  }
  let failures = 0
  const stopped = aborted(stopping)
  const start = (job: ClaimedJob): void => {
    const guard = guardOf(job, queue)
    guards.set(job.leaseId, guard)
    const done: Promise<void> = runJob(parts, queue, guard).then(isPublished => {
      since.published ||= isPublished
      guards.delete(job.leaseId)
      running.delete(done)
    })
    running.add(done)
  }
  const step = async (): Promise<'took' | 'idle' | 'empty'> => {
    const now = performance.now()
    for (const [source, { until }] of refused) if (until < now) refused.delete(source)
    const excluded = [...refused.keys()]
    const job = await queue.ask(async session => {
      await parts.requireFit(session)
      return claimJob(session, { worker, excluded, perSource: parts.perSource })
    })
    if (job === undefined) {
      const open = parts.drain && running.size === 0 ? await queue.ask(openSources) : undefined
      return open?.every(source => refused.has(source)) === true ? 'empty' : 'idle'
    }
    const { source, date } = job.batch
    const why = await queue.ask(session => parts.refusal(session, job))
    if (why === undefined) {
      start(job)
      return 'took'
    }
    await queue.ask(session => endJob(session, job, { how: 'back', message: why }))
    refused.set(source, { why, until: performance.now() + refusedMs })
    log.warn('worker', `${source} ${date} is left to another worker: ${why}`)
    return 'took'
  }
  try {
    while (!stopping.aborted) {
      if (performance.now() - since.at > busyMs) catchUp()
      if (running.size >= parts.concurrency) {
        await Promise.race([...running, stopped])
        continue
      }
      try {
        const done = await step()
        failures = 0
        if (done === 'empty') break
        if (done === 'took') continue
        if (running.size === 0) catchUp()
      } catch (error) {
        if (!mayPass(error)) throw error
        failures += 1
        if (failures === 1) log.warn('worker', `the queue cannot be reached: ${messageOf(error)}`)
        if (parts.drain && failures > mostFailures) throw error
      }
      const pause = failures === 0 ? pollMs * (1 - Math.random() / 2) : 1000
      await Promise.race([...running, sleep(pause, undefined, { signal: stopping }).catch(() => undefined)])
    }
    await Promise.all(running)
    await idle
    if (since.published) await parts.onPublished()
    return { refused: new Map([...refused].map(([source, { why }]) => [source, why])) }
  } finally {
    await Promise.all(running)
    await stopHeartbeat()
    await queue.close()
  }
}

/** @returns true if the batch was published */
async function runJob({ run, onEnd, log }: WorkerParts, queue: Reconnecting, guard: LeaseGuard): Promise<boolean> {
  const { job } = guard
  const { source, date } = job.batch
  const ran = await run(guard)
  const result = jobResult(ran, job.tries, job.data.strict)
  const state = await endPersistently(guard, () => queue.ask(session => endJob(session, job, result)))
  if (state === 'retry' && result.how === 'failed') {
    log.warn('worker', `${source} ${date} is tried again (try ${job.tries} of ${job.mostTries} failed)`)
  }
  // Whatever it ended in, that is no longer how its batch ended.
  const reason = 'its lease was lost; another worker takes the batch'
  const isLost = state === undefined && ran.outcome.outcome !== 'published'
  const outcome: BatchOutcome = isLost ? { ...ran.outcome, outcome: 'stopped', reason } : ran.outcome
  ran.show(outcome)
  onEnd(outcome, state === 'failed')
  return outcome.outcome === 'published'
}

/** Tries for as long as the lease can be this worker's; afterwards another worker takes the job. */
async function endPersistently(guard: LeaseGuard, end: () => Promise<string | undefined>): Promise<string | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      return await end()
    } catch (error) {
      if (!mayPass(error)) throw error
      if (tries >= mostFailures || guard.signal.aborted) return undefined
      await sleep(1000)
    }
  }
}

function mayPass(error: unknown): boolean {
  return isConnectionLost(error) || error instanceof DatabaseError
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : 'unknown error')

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise(resolve => {
    signal.addEventListener(
      'abort',
      () => {
        resolve()
      },
      { once: true },
    )
  })
}
