import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import type { Batch } from '../../source/batch.ts'
import type { Arrival } from './arrivals.ts'
import { openBoss } from './boss.ts'
import { enqueue, type Enqueued } from './enqueue.ts'
import { type JobData, jobKey } from './job.ts'

/** The fingerprints of the deliveries that were decided about, by `jobKey`. */
export async function knownArrivals(
  session: Session,
  sources: readonly string[],
  from: string,
): Promise<ReadonlyMap<string, string>> {
  const found = await session.query<{ source: string; batch_date: string; fingerprint: string }>(
    readSql('sql/statements/queue/arrivals.sql'),
    [sources.length === 0 ? null : sources, from],
  )
  return new Map(found.rows.map(row => [jobKey({ source: row.source, date: row.batch_date }), row.fingerprint]))
}

/** What was done about arrivals. */
export interface Taken extends Enqueued {
  /** Every batch whose change was this caller's to decide about, queued or not. */
  readonly taken: readonly Batch[]
}

/**
 * Records that arrivals were decided about and queues the jobs of those that no other watcher has taken, both or neither.
 *
 * @param jobs of some of the arrivals; the others are only recorded
 * @param tries how often to try each job
 */
export async function takeArrivals(
  session: Session,
  arrivals: readonly Arrival[],
  jobs: readonly JobData[],
  tries: number,
): Promise<Taken> {
  const wanted = new Set(jobs.map(jobKey))
  await session.query('begin')
  try {
    // A watcher that is frozen here would keep all others from their arrivals.
    await session.query(`set local idle_in_transaction_session_timeout = '30s'`)
    await session.query(readSql('sql/statements/queue/lock_arrivals.sql'))
    const rows = await session.query<{ source: string; batch_date: string }>(
      readSql('sql/statements/queue/take_arrivals.sql'),
      [
        arrivals.map(one => one.batch.source),
        arrivals.map(one => one.batch.date),
        arrivals.map(one => one.fingerprint),
        arrivals.map(one => one.known),
        arrivals.map(one => one.changedAt),
        arrivals.map(one => wanted.has(jobKey(one.batch))),
      ],
    )
    const taken = rows.rows.map(row => ({ source: row.source, date: row.batch_date }))
    const own = new Set(taken.map(jobKey))
    const done = await enqueue(
      { session, boss: await openBoss(session) },
      jobs.filter(job => own.has(jobKey(job))),
      tries,
    )
    await session.query('commit')
    return { ...done, taken }
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    throw error
  }
}
