import { setTimeout as sleep } from 'node:timers/promises'
import { countText } from '../../platform/count-text.ts'
import type { Log } from '../../platform/log.ts'
import type { Session } from '../../platform/postgres.ts'
import type { JobData } from './job.ts'
import { reconnecting } from './reconnecting.ts'
import { type DueTimer, dueTimers, enqueueDue, listTimers } from './timers.ts'

/** What a worker needs to keep the timers. */
export interface TimersParts {
  readonly openSession: () => Promise<Session>
  /** The jobs of a due time. */
  readonly jobsOf: (due: DueTimer) => Promise<readonly JobData[]>
  readonly log: Log
}

const everyMs = 10_000

/**
 * Looks at the timers every 10 s and queues what is due, together with all other workers that do the same.
 *
 * @returns stops it
 */
export function runTimers({ openSession, jobsOf, log }: TimersParts): () => Promise<void> {
  const stop = new AbortController()
  const queue = reconnecting(openSession)
  const look = async (): Promise<void> => {
    for (const due of dueTimers(await queue.ask(listTimers))) {
      const jobs = await jobsOf(due)
      const done = await queue.ask(session => enqueueDue(session, due, jobs))
      if (done === undefined) continue
      const { timer, from, to } = due
      log.info('cron', `${timer.name}: queued ${countText(done.queued.length, 'batch', 'batches')} of ${from} to ${to}`)
    }
  }
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await look().catch((error: unknown) => {
        log.warn('cron', `the timers were not looked at: ${error instanceof Error ? error.message : 'unknown error'}`)
      })
      await sleep(everyMs, undefined, { signal: stop.signal }).catch(() => undefined)
    }
  }
  const running = loop()
  return async () => {
    stop.abort()
    await running
    await queue.close()
  }
}
