import { randomUUID } from 'node:crypto'
import { endSessions } from '../../ledger/end-sessions.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { type Batch, sessionName } from '../../source/batch.ts'
import type { ClaimedJob, JobData, JobEnd } from './job.ts'

/** A lease lasts so long; a worker renews it every 5 s. */
const leaseSeconds = 15

/** How long after a lease lapsed another worker takes the job. */
const graceSeconds = 30

/** The name of the sessions of a worker. */
export const workerSession = (worker: string): string => `caseload worker ${worker}`.slice(0, 63)

/** How {@link claimJob} chooses a job. */
export interface ClaimOptions {
  readonly worker: string
  /** Sources that this worker cannot run. */
  readonly excluded: readonly string[]
  /** How many jobs of one source may run at once, on all workers; undefined: any number. */
  readonly perSource: number | undefined
}

interface ClaimedRow {
  readonly job_id: string
  readonly source: string
  readonly batch_date: string
  readonly data: JobData
  readonly tries: number
  readonly most_tries: number
  readonly first_claimed_at: string
}

/** Takes the next job with a lease; undefined if none may run now. */
export async function claimJob(session: Session, options: ClaimOptions): Promise<ClaimedJob | undefined> {
  const leaseId = randomUUID()
  const { worker, excluded, perSource } = options
  const found = await session.query<ClaimedRow>(readSql('sql/statements/queue/claim.sql'), [
    worker,
    leaseId,
    leaseSeconds,
    excluded,
    perSource ?? null,
  ])
  const [row] = found.rows
  if (row === undefined) return undefined
  return {
    jobId: row.job_id,
    leaseId,
    batch: { source: row.source, date: row.batch_date },
    data: row.data,
    tries: row.tries,
    mostTries: row.most_tries,
    firstClaimedAt: row.first_claimed_at,
  }
}

/** The state of a lease after its worker renewed it. */
export interface Renewed {
  readonly leaseId: string
  /** True if `caseload queue cancel` stopped its job. */
  readonly isCancelled: boolean
}

/** Renews the leases of a worker. A lease that is not in the answer is lost. */
export async function renewLeases(session: Session, worker: string): Promise<readonly Renewed[]> {
  const found = await session.query<{ lease_id: string; state: string }>(readSql('sql/statements/queue/renew.sql'), [
    worker,
    leaseSeconds,
  ])
  return found.rows.map(({ lease_id: leaseId, state }) => ({ leaseId, isCancelled: state === 'cancelled' }))
}

/** Records which run works on a job; false if the lease is lost. */
export async function beginRun(session: Session, { jobId, leaseId }: ClaimedJob, runId: string): Promise<boolean> {
  const begun = await session.query(readSql('sql/statements/queue/begin_run.sql'), [jobId, leaseId, runId])
  return begun.rows.length > 0
}

/** Whether the job is still the worker's. */
export async function holdsLease(session: Session, { jobId, leaseId }: ClaimedJob): Promise<boolean> {
  return (await session.query(readSql('sql/statements/queue/holds_lease.sql'), [jobId, leaseId])).rows.length > 0
}

/** What to record when a job ends. */
export interface JobResult {
  readonly how: JobEnd
  readonly errorClass?: string | undefined
  /** Without a patient's value. */
  readonly message: string
  /** Seconds until the next try. */
  readonly delay?: number
}

/**
 * Ends a job, or gives it back.
 *
 * @returns `completed`, `failed` (dead), `retry` (it will be tried again) or `cancelled`; undefined if the lease was lost
 */
export async function endJob(
  session: Session,
  { jobId, leaseId }: ClaimedJob,
  { how, errorClass, message, delay = 0 }: JobResult,
): Promise<string | undefined> {
  const ended = await session.query<{ state: string | null }>('select caseload.end_job($1, $2, $3, $4, $5) as state', [
    jobId,
    leaseId,
    how,
    JSON.stringify({ errorClass, message }),
    delay,
  ])
  return ended.rows[0]?.state ?? undefined
}

/** The number of jobs that may be taken from their workers. */
export async function lapsedLeases(session: Session): Promise<number> {
  return (await session.query(readSql('sql/statements/queue/lapsed.sql'), [graceSeconds])).rows.length
}

/** A job that was taken from a worker. */
export interface TakenJob {
  readonly batch: Batch
  readonly worker: string
  /** False if it had its last try. */
  readonly runsAgain: boolean
}

interface LapsedRow {
  readonly job_id: string
  readonly lease_id: string
  readonly source: string
  readonly batch_date: string
  readonly run_id: string | null
  readonly worker: string
}

/**
 * Takes the jobs of workers that have not renewed their leases for 30 s after these lapsed: ends their sessions, which frees
 * the lock of the batch, and declares their runs dead.
 */
export async function takeOverLapsed(session: Session): Promise<readonly TakenJob[]> {
  const lapsed = await session.query<LapsedRow>(readSql('sql/statements/queue/lapsed.sql'), [graceSeconds])
  const taken: TakenJob[] = []
  for (const { job_id: job, lease_id: lease, source, batch_date: date, run_id: run, worker } of lapsed.rows) {
    const batch = { source, date }
    const names = [workerSession(worker), ...(run === null ? [] : [sessionName(batch, run)])]
    await endSessions(session, names)
    const done = await session.query<{ state: string | null }>('select caseload.take_over_job($1, $2, $3) as state', [
      job,
      lease,
      graceSeconds,
    ])
    const state = done.rows[0]?.state ?? undefined
    if (state === undefined) continue
    // The engine may have opened a session since; from now on none of them can stage.
    await endSessions(session, names)
    taken.push({ batch, worker, runsAgain: state === 'retry' })
  }
  return taken
}
