import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { openBoss } from './boss.ts'
import { lastDueTime, parseCron } from './cron.ts'
import { enqueue, type Enqueued } from './enqueue.ts'
import type { JobData } from './job.ts'

/** A timer of `caseload cron`. */
export interface Timer {
  readonly name: string
  readonly cron: string
  /** IANA */
  readonly zone: string
  /** An empty list: every source that a backfill would take. */
  readonly sources: readonly string[]
  /** How many days before the day on which it is due; 0 is that day alone. */
  readonly daysBack: number
}

/** A timer as the ledger keeps it. */
export interface KnownTimer extends Timer {
  /** The last due time for which batches were queued, or when it was set. */
  readonly lastDue: string
  readonly setAt: string
  /** The time of the server. */
  readonly now: string
}

interface TimerRow {
  readonly name: string
  readonly cron: string
  readonly zone: string
  readonly sources: readonly string[]
  readonly days_back: number
  readonly last_due: string
  readonly set_at: string
  readonly now: string
}

/** All timers, by name. */
export async function listTimers(session: Session): Promise<readonly KnownTimer[]> {
  const found = await session.query<TimerRow>(readSql('sql/statements/queue/timers.sql'))
  return found.rows.map(row => ({
    name: row.name,
    cron: row.cron,
    zone: row.zone,
    sources: row.sources,
    daysBack: row.days_back,
    lastDue: row.last_due,
    setAt: row.set_at,
    now: row.now,
  }))
}

/** Sets a timer, or replaces one of its name. It is due from now on. */
export async function setTimer(session: Session, timer: Timer): Promise<void> {
  const { name, cron, zone, sources, daysBack } = timer
  await session.query(readSql('sql/statements/queue/set_timer.sql'), [name, cron, zone, sources, daysBack])
}

/** @returns false if no timer has this name */
export async function removeTimer(session: Session, name: string): Promise<boolean> {
  return (await session.query(readSql('sql/statements/queue/remove_timer.sql'), [name])).rows.length > 0
}

/** A timer that is due and for which nothing was queued yet. */
export interface DueTimer {
  readonly timer: KnownTimer
  readonly due: Date
  /** The days whose batches to queue, `yyyy-mm-dd`. */
  readonly from: string
  readonly to: string
}

/** Of these timers those that are due. However many due times were missed, only the last counts. */
export function dueTimers(timers: readonly KnownTimer[]): readonly DueTimer[] {
  return timers.flatMap(timer => {
    const due = lastDueTime(parseCron(timer.cron), timer.zone, new Date(timer.now))
    if (due === undefined || due.getTime() <= new Date(timer.lastDue).getTime()) return []
    const day = new Intl.DateTimeFormat('sv-SE', { timeZone: timer.zone }).format(due)
    const before = (days: number): string =>
      new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10)
    const { daysBack } = timer
    return [{ timer, due, from: before(daysBack), to: before(daysBack === 0 ? 0 : 1) }]
  })
}

/**
 * Queues the batches of a due time and records that it was done, both or neither.
 *
 * @returns undefined if another worker was first
 */
export async function enqueueDue(
  session: Session,
  { timer, due }: DueTimer,
  jobs: readonly JobData[],
): Promise<Enqueued | undefined> {
  await session.query('begin')
  try {
    // A worker that is frozen here would keep the due time from all others.
    await session.query(`set local idle_in_transaction_session_timeout = '30s'`)
    const taken = await session.query(readSql('sql/statements/queue/take_due.sql'), [
      timer.name,
      due.toISOString(),
      timer.setAt,
    ])
    const done =
      taken.rows.length === 0 ? undefined : await enqueue({ session, boss: await openBoss(session) }, jobs, 3)
    await session.query('commit')
    return done
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    throw error
  }
}
