import { AbortedError, LockedError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import type { ClaimedJob } from './job.ts'
import { beginRun, holdsLease } from './leases.ts'
import type { Reconnecting } from './reconnecting.ts'

/** Keeps a run from working on a job that is no longer its worker's. */
export interface LeaseGuard {
  readonly job: ClaimedJob
  /** Aborted when the lease is lost or the job is cancelled. */
  readonly signal: AbortSignal
  /** Records which run works on the job, before the run begins. */
  begin(runId: string): Promise<void>
  /** Opens sessions only while the lease is held: a run that tries again after a lost connection asks first. */
  fence(open: (name: string) => Promise<Session>): (name: string) => Promise<Session>
  /** Ends the run. */
  stop(why: 'lost' | 'cancelled'): void
}

/** Makes the guard of a job. */
export function guardOf(job: ClaimedJob, queue: Reconnecting): LeaseGuard {
  const controller = new AbortController()
  return {
    job,
    signal: controller.signal,
    begin: async runId => {
      if (!(await queue.ask(session => beginRun(session, job, runId)))) throw lost(job)
    },
    fence: open => async name => {
      const session = await open(name)
      if (await holdsLease(session, job).catch(() => true)) return session
      await session.end().catch(() => undefined)
      throw lost(job)
    },
    stop: why => {
      const { source, date } = job.batch
      const words =
        why === 'lost'
          ? `The lease of ${source} ${date} was lost; another worker takes the batch.`
          : `caseload queue cancel stopped ${source} ${date}; readers saw nothing of it.`
      controller.abort(new AbortedError(words))
    },
  }
}

function lost({ batch }: ClaimedJob): LockedError {
  return new LockedError(`Another worker has taken ${batch.source} ${batch.date} from this one.`)
}
