import type PgBoss from 'pg-boss'
import { keepAccess } from '../../ledger/access/plan-access.ts'
import { underMigrationLock, withMigrationLock } from '../../ledger/migration-lock.ts'
import { UsageError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'

/** The schema of pg-boss. */
const schema = 'caseload_queue'

/** The only queue in it. The SQL of Caseload names both, too. */
const queue = 'batches'

// A job is never lost for its age: pg-boss would archive what waits for 14 days, fail what runs for 15 minutes, and drop dead
// jobs after 12 hours. Leases and `queue retry` decide instead.
const tenYears = 10 * 365 * 86_400

/** A job to put into the queue. */
export interface NewJob {
  /** A UUID. Jobs of one call are taken in the order of their ids. */
  readonly id: string
  readonly data: object
  /** Jobs of a higher priority are taken first. */
  readonly priority: number
  /** Only one job of a key may wait. */
  readonly key: string
  /** How often to try again after a failure that may pass. */
  readonly retries: number
}

/** What Caseload uses of pg-boss, on one session. */
export interface Boss {
  insert(jobs: readonly NewJob[]): Promise<void>
  /** Cancels jobs that wait or run. */
  cancel(ids: readonly string[]): Promise<void>
  remove(ids: readonly string[]): Promise<void>
  /** Moves ended jobs to pg-boss's archive after 12 hours, and drops them after 7 days; dead jobs stay. */
  maintain(): Promise<void>
}

/**
 * Opens the queue on a session.
 *
 * @throws UsageError if the database has no queue, or one of another version of pg-boss
 */
export async function openBoss(session: Session): Promise<Boss> {
  const boss = await makeBoss(session, false)
  try {
    await boss.start()
  } catch (error) {
    throw startError(error)
  }
  return {
    insert: jobs =>
      boss.insert(
        jobs.map(({ id, data, priority, key, retries }) => ({
          id,
          name: queue,
          data,
          priority,
          singletonKey: key,
          retryLimit: retries,
          expireInSeconds: tenYears,
        })),
      ),
    cancel: ids => boss.cancel(queue, [...ids]),
    remove: ids => boss.deleteJob(queue, [...ids]),
    maintain: () => boss.maintain(),
  }
}

/** True if the database has the queue. */
export async function hasQueue(session: Session): Promise<boolean> {
  const found = await session.query<{ installed: boolean }>(readSql('sql/statements/queue/is_installed.sql'))
  return found.rows[0]?.installed === true
}

/** True if the role of the session may make the schema of the queue. */
export async function mayMakeQueue(session: Session): Promise<boolean> {
  const found = await session.query<{ may: boolean }>(readSql('sql/statements/queue/may_install.sql'))
  return found.rows[0]?.may === true
}

/**
 * Makes the queue where the database has none.
 *
 * @returns true if it was made
 * @throws UsageError if the database has the queue of another version of pg-boss
 */
export async function makeQueue(session: Session): Promise<boolean> {
  if (await hasQueue(session)) {
    await openBoss(session)
    return false
  }
  // A session that grants on a table, or changes its owner, while another attaches it ends in an error of the server, XX000.
  return withMigrationLock(session, async () => {
    const isNew = !(await hasQueue(session))
    const boss = await makeBoss(session, true)
    await boss.start()
    await boss.createQueue(queue, { name: queue, policy: 'short', retentionDays: 3650 })
    await underMigrationLock(session, () => keepAccess(session))
    return isNew
  })
}

async function makeBoss(session: Session, migrate: boolean): Promise<PgBoss> {
  const { default: Boss } = await import('pg-boss')
  const executeSql = (text: string, values?: unknown[]): Promise<{ rows: unknown[] }> => session.query(text, values)
  return new Boss({
    db: { executeSql },
    schema,
    migrate,
    supervise: false,
    schedule: false,
    archiveFailedAfterSeconds: tenYears,
  })
}

/** What to do where a database has no queue. */
export const noQueue = 'This database has no queue. caseload migrate makes it, and so does the first caseload enqueue.'

function startError(error: unknown): unknown {
  const message = error instanceof Error ? error.message : ''
  if (message === 'pg-boss is not installed') {
    return new UsageError(noQueue)
  }
  if (message !== 'pg-boss database requires migrations') return error
  return new UsageError(
    `Schema ${schema} is of another version of pg-boss. Install the Caseload that made it; or, when no job is in the queue, ` +
      `drop the schema and call caseload migrate.`,
  )
}
