import { randomUUID } from 'node:crypto'
import type { Batch } from '../source/batch.ts'
import { lockBatch } from '../ledger/batch-lock.ts'
import { underMonthLock } from './month-lock.ts'
import { dropStagedRanges, stageSplit } from './split-month.ts'
import type { Environment } from '../platform/environment.ts'
import { AbortedError, DatabaseError, LockedError, UsageError, withMessage } from '../platform/errors.ts'
import { ledgerOver, runStatus } from '../ledger/ledger.ts'
import { renewStatistics } from '../ledger/statistics.ts'
import type { Log } from '../platform/log.ts'
import { requireMaskedRun } from '../contract/mask/masked-database.ts'
import { describeServerError, errorCode, isConnectionLost, isServerError, type Session } from '../platform/postgres.ts'
import { refusal } from '../platform/refusals.ts'
import { type LockWaitLimits, lockWaitLimits, retryUntilLocked } from '../platform/lock-wait.ts'
import { readSql } from '../platform/sql.ts'

/** What a rollback works with. */
export interface RollbackParts {
  readonly batch: Batch
  /** Opens a session on the migrated target. */
  readonly openSession: (applicationName: string) => Promise<Session>
  readonly log: Log
  /** Looked at until readers are out of the way. */
  readonly signal: AbortSignal
  readonly limits?: LockWaitLimits
  /** Says whether rows are masked here: CASELOAD_MASK_AT_LOAD and its key. */
  readonly env: Environment
}

/** One version of a batch. */
export interface Version {
  readonly runId: string
  /** When readers first saw it; of the one that is put back, when they saw it before. */
  readonly publishedAt: string
  /** Of all its tables. */
  readonly rows: number
}

/** What a rollback did. */
export interface Rollback extends Batch {
  /** The version that was published; it is gone. */
  readonly rolledBack: Version
  /** The version that readers see again. */
  readonly restored: Version
  /** Older versions that are still kept, for another rollback. */
  readonly kept: number
  /** Tries it took to get readers out of the way. */
  readonly tries: number
}

/**
 * Puts the version of a batch that was published before the present one back, in one short transaction for all its
 * tables, and marks the batch held: a backfill leaves it until a plain run replaces it. What was published is dropped.
 *
 * @throws UsageError if nothing is published, no earlier version is kept, or that one was loaded unmasked and masking is on
 * @throws LockedError if a run holds the batch, or if readers do not give way
 */
export async function rollBack(parts: RollbackParts): Promise<Rollback> {
  const { batch } = parts
  const session = await parts.openSession(`caseload rollback ${batch.source} ${batch.date}`)
  try {
    return await rollBackOver(session, parts)
  } catch (error) {
    if (error instanceof AbortedError)
      throw withMessage(error, 'Stopped by a signal; readers see what they saw before.')
    if (isConnectionLost(error)) throw new DatabaseError('The connection was lost; nothing was rolled back.')
    if (isServerError(error)) throw refusal(error)
    throw error
  } finally {
    await session.end().catch(() => undefined)
  }
}

async function rollBackOver(session: Session, parts: RollbackParts): Promise<Rollback> {
  const { batch, log } = parts
  const operationId = randomUUID()
  await lockBatch(session, batch, operationId)
  const { published, kept } = await versionsOf(session, batch)
  const [restored, ...older] = kept
  if (published === undefined) throw nothingPublished(batch, kept.length)
  if (restored === undefined) throw nothingKept(batch)
  await requireMaskedRun(session, parts.env, restored.runId, 'A rollback')
  await session.query('select caseload.bound_kept_leaves($1)', [restored.runId])
  const tries = await swap(session, parts, operationId, published.runId, restored.runId)
  try {
    await session.query('select caseload.drop_leaves($1)', [published.runId])
    await session.query('select caseload.expire_quarantine($1, $2)', [batch.source, batch.date])
    await renewStatistics(session, batch.source)
  } catch (error) {
    log.warn('rollback', `rolled back, but not tidied up: ${describeServerError(error)}; the next run will`)
  }
  return { ...batch, rolledBack: published, restored, kept: older.length, tries }
}

async function swap(
  session: Session,
  parts: RollbackParts,
  operationId: string,
  from: string,
  to: string,
): Promise<number> {
  const { batch, log, signal, limits = lockWaitLimits } = parts
  const reason = `rolled back from run ${from.slice(0, 8)} to run ${to.slice(0, 8)}`
  return underMonthLock(session, batch, parts, async () => {
    let tries = 0
    try {
      const split = await stageSplit(session, { ...parts, operationId })
      if (split > 0) log.info('rollback', `the month is merged: split it into ${split} leaves`)
      return await retryUntilLocked(
        async ({ number, lockTimeout, nextLockTimeout, first }) => {
          tries = number
          const values = [from, to, operationId, reason, lockTimeout, nextLockTimeout, first]
          await session.query('select caseload.rollback($1, $2, $3, $4, $5, $6, $7)', values)
        },
        { session, limits, signal, log, subject: batch.source, schema: 'store' },
      )
    } catch (error) {
      if (isConnectionLost(error) && tries > 0 && (await isRolledBack(parts, from))) return tries
      // If this fails too, whoever next works on the month does it.
      await dropStagedRanges(session, batch).catch(() => undefined)
      if (errorCode(error) !== anotherVersion) throw error
      throw new LockedError(
        `Another version of ${batch.source} ${batch.date} was published meanwhile. Look at it first.`,
      )
    }
  })
}

const anotherVersion = 'CL004'

/**
 * The connection was lost during the swap. Once its backend has ended, and with it the batch's lock, the ledger's answer
 * is final.
 */
async function isRolledBack({ batch, openSession }: RollbackParts, from: string): Promise<boolean> {
  try {
    const session = await openSession('caseload ledger')
    try {
      await session.query(`set lock_timeout = '30s'`)
      await session.query('select pg_advisory_lock(caseload.batch_key($1, $2))', [batch.source, batch.date])
      return (await runStatus(ledgerOver(session), from)) === 'rolled_back'
    } finally {
      await session.end()
    }
  } catch (error) {
    throw new DatabaseError(
      'The connection was lost during the rollback, and the ledger cannot be asked: whether it went through is not ' +
        `known. \`caseload status ${batch.source}\` tells once the server is back.`,
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

/** The version that readers see, and those that are kept, the newest first. */
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

function nothingPublished({ source, date }: Batch, kept: number): UsageError {
  return new UsageError(
    `Expected a published version of ${source} ${date} to roll back, found none (and ${kept} kept). caseload status ` +
      `${source} shows what is published.`,
  )
}

function nothingKept({ source, date }: Batch): UsageError {
  return new UsageError(
    `Expected an earlier version of ${source} ${date} that is kept, found 0: what is published is all there is. A run ` +
      'keeps the version it replaces, or more with --keep. To get other rows, correct the delivery and run the batch again.',
  )
}
