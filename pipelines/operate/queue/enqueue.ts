import { randomUUID } from 'node:crypto'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import type { Boss, NewJob } from './boss.ts'
import { type JobData, jobKey } from './job.ts'

/** Which jobs were queued, and which were in the queue already. */
export interface Enqueued {
  readonly queued: readonly JobData[]
  readonly waiting: readonly JobData[]
}

/** Where jobs are queued. */
export interface EnqueueParts {
  readonly session: Session
  readonly boss: Boss
}

/**
 * Puts jobs into the queue, in their order. A batch that waits already is not queued again. One that runs is: its delivery may
 * have changed since it was read, and the new job runs after it.
 *
 * @param tries how often to try each, at least 1
 */
export async function enqueue(
  { session, boss }: EnqueueParts,
  jobs: readonly JobData[],
  tries: number,
): Promise<Enqueued> {
  const keys = await session.query<{ key: string }>(readSql('sql/statements/queue/waiting_keys.sql'), [
    jobs.map(jobKey),
  ])
  const known = new Set(keys.rows.map(row => row.key))
  const wanted = jobs.filter(job => !known.has(jobKey(job)))
  const ids = wanted.map(() => randomUUID()).sort()
  const made = wanted.map((data, at) => newJob(data, ids[at] ?? randomUUID(), tries))
  for (let at = 0; at < made.length; at += 1000) await boss.insert(made.slice(at, at + 1000))
  // Another command may have queued the same batch at the same moment; the index of pg-boss let one of the two in.
  const there = await session.query<{ id: string }>(readSql('sql/statements/queue/inserted.sql'), [ids])
  const inserted = new Set(there.rows.map(row => row.id))
  const queued = new Set(made.filter(job => inserted.has(job.id)).map(job => job.key))
  return {
    queued: wanted.filter(job => queued.has(jobKey(job))),
    waiting: jobs.filter(job => !queued.has(jobKey(job))),
  }
}

/** A new job for a batch. */
export function newJob(data: JobData, id: string, tries: number): NewJob {
  return { id, data, priority: 0, key: jobKey(data), retries: tries - 1 }
}
