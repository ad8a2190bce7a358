import { randomUUID } from 'node:crypto'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import type { EnqueueParts } from './enqueue.ts'
import { newJob } from './enqueue.ts'
import type { JobData } from './job.ts'

/** The states of a job for a person. */
export type JobState = 'waiting' | 'running' | 'done' | 'cancelled' | 'dead'

const bossStates: Readonly<Record<JobState, readonly string[]>> = {
  waiting: ['created', 'retry'],
  running: ['active'],
  done: ['completed'],
  cancelled: ['cancelled'],
  dead: ['failed'],
}

/** The states of a job that is still to run. */
export const openStates: readonly JobState[] = ['waiting', 'running']

/** One row of list_jobs.sql. */
export interface ListedJob {
  readonly job: string
  readonly source: string
  readonly date: string
  readonly state: JobState
  readonly tries: number
  readonly most_tries: number
  readonly queued_at: string
  readonly start_after: string
  readonly ended_at: string | null
  readonly worker: string | null
  readonly run: string | null
  readonly reason: string
  readonly error_class: string | null
  readonly message: string | null
}

/**
 * Lists jobs.
 *
 * @param id the beginning of a job's id; undefined: all
 */
export async function listJobs(
  session: Session,
  states: readonly JobState[],
  id?: string,
): Promise<readonly ListedJob[]> {
  const found = await session.query<ListedJob>(readSql('sql/statements/queue/list_jobs.sql'), [
    states.flatMap(state => bossStates[state]),
    id ?? null,
  ])
  return found.rows
}

/** One row of status.sql. */
export interface SourceStatus {
  readonly source: string
  readonly waiting: number
  readonly running: number
  readonly dead: number
  readonly oldest_seconds: number
}

/** One row of workers.sql. */
export interface WorkerStatus {
  readonly worker: string
  readonly jobs: number
  readonly lapsed: boolean
}

/** The queue at a glance. */
export interface QueueStatus {
  readonly sources: readonly SourceStatus[]
  readonly workers: readonly WorkerStatus[]
}

/** Counts the jobs of each source, and of each worker that runs one. */
export async function queueStatus(session: Session): Promise<QueueStatus> {
  const sources = await session.query<SourceStatus>(readSql('sql/statements/queue/status.sql'))
  const workers = await session.query<WorkerStatus>(readSql('sql/statements/queue/workers.sql'))
  return { sources: sources.rows, workers: workers.rows }
}

/**
 * Puts dead jobs into the queue again, with all their tries. A batch of which another job waits is only removed from the dead.
 *
 * @param jobs rows of {@link listJobs} that are dead
 */
export async function reviveJobs({ session, boss }: EnqueueParts, jobs: readonly ListedJob[]): Promise<void> {
  const ids = jobs.map(() => randomUUID()).sort()
  const data = await session.query<{ id: string; data: JobData }>(readSql('sql/statements/queue/job_data.sql'), [
    jobs.map(one => one.job),
  ])
  const dataOf = new Map(data.rows.map(row => [row.id, row.data]))
  const made = jobs.flatMap(({ job, most_tries: tries }, at) => {
    const known = dataOf.get(job)
    return known === undefined ? [] : [newJob(known, ids[at] ?? randomUUID(), tries)]
  })
  await session.query('begin')
  try {
    await boss.insert(made)
    await boss.remove(jobs.map(one => one.job))
    await session.query('commit')
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    throw error
  }
}
