import { randomUUID } from 'node:crypto'
import type { Batch } from '../source/batch.ts'
import { lockBatch } from '../ledger/batch-lock.ts'
import { callSwap, swapVersion } from './swap-version.ts'
import type { Environment } from '../platform/environment.ts'
import { AbortedError, DatabaseError, LockedError, UsageError, withMessage } from '../platform/errors.ts'
import { runStatus } from '../ledger/ledger.ts'
import { renewStatistics } from '../ledger/statistics.ts'
import type { Log } from '../platform/log.ts'
import { requireMaskedRun } from '../contract/mask/masked-database.ts'
import type { Session } from '../platform/postgres.ts'
import { describeServerError, errorCode } from '../platform/server-error.ts'
import type { LockWaitLimits } from '../platform/lock-wait.ts'
import { readSql } from '../platform/sql.ts'
import { toUserError } from '../platform/user-error.ts'

/** What a rollback works with. */
export interface RollbackOptions {
  readonly batch: Batch
  /** Opens a session on the migrated target. */
  readonly openSession: (applicationName: string) => Promise<Session>
  readonly log: Log
  /** Checked before every attempt of the swap. */
  readonly signal: AbortSignal
  readonly limits?: LockWaitLimits
  /** Holds CASELOAD_MASK_AT_LOAD and its key. */
  readonly env: Environment
}

/** One version of a batch. */
export interface Version {
  readonly runId: string
  /** When readers began to see it; for the restored version, when they did before the rollback. */
  readonly publishedAt: string
  /** Rows of all its tables. */
  readonly rows: number
}

/** What a rollback did. */
export interface Rollback extends Batch {
  /** The version that was published before; it is dropped. Null if the batch was unpublished. */
  readonly rolledBack: Version | null
  /** The version that readers see again. */
  readonly restored: Version
  /** Number of older versions that are still kept for another rollback. */
  readonly kept: number
  /** Attempts until readers let the swap through. */
  readonly tries: number
}

/**
 * Publishes the version before the present one again, in one short transaction for all tables of the batch, drops the
 * present one, and pins the batch: a backfill skips it until a plain run replaces it. A batch that was unpublished gets the
 * newest of its kept versions.
 *
 * @throws UsageError if nothing was ever published, no earlier version is kept, or that one was loaded unmasked and masking is on
 * @throws LockedError if a run holds the batch, or if readers keep the tables locked
 */
export async function rollBack(parts: RollbackOptions): Promise<Rollback> {
  const { batch } = parts
  const session = await parts.openSession(`caseload rollback ${batch.source} ${batch.date}`)
  try {
    return await rollBackOver(session, parts)
  } catch (error) {
    if (error instanceof AbortedError)
      throw withMessage(error, 'Stopped by a signal; readers see what they saw before.')
    throw toUserError(error, { lost: 'The connection was lost; nothing was rolled back.' })
  } finally {
    await session.end().catch(() => undefined)
  }
}

async function rollBackOver(session: Session, parts: RollbackOptions): Promise<Rollback> {
  const { batch, log } = parts
  const operationId = randomUUID()
  await lockBatch(session, batch, operationId)
  const { published, kept } = await versionsOf(session, batch)
  const [restored, ...older] = kept
  if (restored === undefined) throw published === undefined ? nothingPublished(batch) : nothingKept(batch)
  await requireMaskedRun(session, parts.env, restored.runId, 'A rollback')
  await session.query('select caseload.bound_kept_leaves($1)', [restored.runId])
  const tries = await swap(session, parts, operationId, published?.runId ?? null, restored.runId)
  try {
    if (published !== undefined) await session.query('select caseload.drop_leaves($1)', [published.runId])
    await session.query('select caseload.expire_quarantine($1, $2)', [batch.source, batch.date])
    await renewStatistics(session, batch.source)
  } catch (error) {
    log.warn(
      'rollback',
      `rolled back, but the replaced version was not dropped: ${describeServerError(error)}; the next run of the batch drops it`,
    )
  }
  return { ...batch, rolledBack: published ?? null, restored, kept: older.length, tries }
}

async function swap(
  session: Session,
  parts: RollbackOptions,
  operationId: string,
  from: string | null,
  to: string,
): Promise<number> {
  const { batch } = parts
  const reason =
    from === null
      ? `brought back as run ${to.slice(0, 8)} after it was unpublished`
      : `rolled back from run ${from.slice(0, 8)} to run ${to.slice(0, 8)}`
  try {
    return await swapVersion(session, { ...parts, operationId, stage: 'rollback' }, () =>
      callSwap(
        session,
        batch,
        parts,
        ({ lockTimeout, nextLockTimeout, first }) => {
          const values = [from, to, operationId, reason, lockTimeout, nextLockTimeout, first]
          return session.query('select caseload.rollback($1, $2, $3, $4, $5, $6, $7)', values)
        },
        () => isRolledBack(parts, to),
      ),
    )
  } catch (error) {
    if (errorCode(error) !== anotherVersion) throw error
    throw new LockedError(
      `Another version of ${batch.source} ${batch.date} was published meanwhile. Check it with caseload status, then try again.`,
    )
  }
}

/** SQLSTATE: another version of the batch is published than the caller saw. */
export const anotherVersion = 'CL004'

/**
 * Asks the ledger after the connection was lost during the swap. Waits for the batch's lock first: once the lost session has
 * ended, and with it its lock, the answer is final.
 */
async function isRolledBack({ batch, openSession }: RollbackOptions, to: string): Promise<boolean> {
  try {
    const session = await openSession('caseload ledger')
    try {
      await session.query(`set lock_timeout = '30s'`)
      await session.query('select pg_advisory_lock(caseload.batch_key($1, $2))', [batch.source, batch.date])
      return (await runStatus(session, to)) === 'published'
    } finally {
      await session.end()
    }
  } catch (error) {
    throw new DatabaseError(
      'The connection was lost during the rollback, and the ledger cannot be reached, so it is not known whether the batch was ' +
        `rolled back. When the server is back, \`caseload status ${batch.source}\` shows it.`,
      { cause: error },
    )
  }
}

interface VersionRow {
  readonly run_id: string
  readonly status: 'published' | 'replaced'
  readonly published_at: string
  readonly rows: number
}

/** The version that readers see, and the kept ones, the newest first. */
async function versionsOf(
  session: Session,
  { source, date }: Batch,
): Promise<{ readonly published: Version | undefined; readonly kept: readonly Version[] }> {
  const { rows } = await session.query<VersionRow>(readSql('sql/statements/publish/rollback_versions.sql'), [
    source,
    date,
  ])
  const version = (row: VersionRow): Version => ({ runId: row.run_id, publishedAt: row.published_at, rows: row.rows })
  const published = rows.find(({ status }) => status === 'published')
  return {
    published: published === undefined ? undefined : version(published),
    kept: rows.filter(({ status }) => status === 'replaced').map(version),
  }
}

function nothingPublished({ source, date }: Batch): UsageError {
  return new UsageError(
    `Expected a published version of ${source} ${date} to roll back, found none (and 0 kept). caseload status ` +
      `${source} shows what is published.`,
  )
}

function nothingKept({ source, date }: Batch): UsageError {
  return new UsageError(
    `Expected an earlier version of ${source} ${date} that is kept, found 0: only the published version exists. A run ` +
      'keeps the version it replaces, or more with --keep. To get other rows, correct the delivery and run the batch again.',
  )
}
