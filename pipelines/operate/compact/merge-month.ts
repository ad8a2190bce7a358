import { countText } from '../../platform/count-text.ts'
import { randomUUID } from 'node:crypto'
import { leafName } from '../../source/batch.ts'
import { LockedError } from '../../platform/errors.ts'
import { batchHolder } from '../../ledger/batch-holder.ts'
import type { Log } from '../../platform/log.ts'
import type { Session } from '../../platform/postgres.ts'
import { type LockWaitLimits, lockWaitLimits, retryUntilLocked } from '../../platform/lock-wait.ts'
import { readSql } from '../../platform/sql.ts'
import { underMonthLock } from '../../publish/month-lock.ts'
import { type Month, monthsOf } from './months.ts'
import { dropStagedRanges } from '../../publish/split-month.ts'
import { type CopySessions, stageRange } from '../../publish/stage-range.ts'

/** What a merge needs besides its sessions. */
export interface MergeOptions {
  readonly source: string
  readonly log: Log
  readonly signal: AbortSignal
  readonly limits?: LockWaitLimits
}

/** The result for one month. */
export interface MergedMonth {
  /** `yyyy-mm`. */
  readonly month: string
  /** Number of tables whose leaves were merged. */
  readonly tables: number
  /** Number of leaves that these tables had before. */
  readonly leaves: number
  readonly rows: number
}

/**
 * Merges the leaves of one month of a source, table by table, and swaps in all merged leaves at once. Readers see the same
 * rows before and after.
 *
 * @param sessions outside a transaction; the writer releases all advisory locks it holds
 * @param month only its days count: its tables are looked up again under the lock
 * @throws LockedError if a run holds one of its days, or if readers keep the tables locked
 */
export async function mergeMonth(sessions: CopySessions, month: Month, parts: MergeOptions): Promise<MergedMonth> {
  const { writer } = sessions
  const { source, log, signal, limits = lockWaitLimits } = parts
  const batch = { source, date: month.from }
  try {
    return await underMonthLock(writer, batch, { signal, log }, async () => {
      await lockDays(writer, source, month)
      await dropStagedRanges(writer, batch)
      const [now] = await monthsOf(writer, source, month.to, month.from)
      if (now === undefined || now.tables.length === 0) return summary(month, 0)
      try {
        const operationId = randomUUID()
        const rows = await stageMonth(sessions, now, { ...parts, operationId })
        await retryUntilLocked(
          ({ lockTimeout, nextLockTimeout, first }) =>
            writer.query('select caseload.merge_leaves($1, $2, $3, $4)', [
              operationId,
              lockTimeout,
              nextLockTimeout,
              first,
            ]),
          { session: writer, limits, signal, log, subject: source, schema: 'store' },
        )
        return summary(now, rows)
      } catch (error) {
        await dropStagedRanges(writer, batch).catch(() => undefined)
        throw error
      }
    })
  } finally {
    await writer.query('select pg_advisory_unlock_all()').catch(() => undefined)
  }
}

/** Locks the days: a run of one of them would make the merge useless, or find its leaf gone. */
async function lockDays(session: Session, source: string, { from, to }: Month): Promise<void> {
  const locked = await session.query<{ day: string; got: boolean }>(readSql('sql/statements/compact/lock_days.sql'), [
    source,
    from,
    to,
  ])
  const held = locked.rows.find(({ got }) => !got)
  if (held === undefined) return
  const holder = await batchHolder(session, { source, date: held.day })
  const who = holder?.who ?? 'a session that has just ended'
  throw new LockedError(
    `${source} ${held.day} is locked by ${who}, so ${from.slice(0, 7)} was not merged. Try again when it is done.`,
  )
}

async function stageMonth(
  sessions: CopySessions,
  { from, to, tables }: Month,
  { source, operationId, signal, log }: MergeOptions & { readonly operationId: string },
): Promise<number> {
  let rows = 0
  for (const { table, leaves: replaces } of tables) {
    signal.throwIfAborted()
    const leaf = leafName(table, { source, date: from }, operationId)
    const copied = await stageRange(sessions, { operationId, table, source, leaf, from, to, replaces }, signal)
    log.info(
      'stage',
      `${from.slice(0, 7)} ${table} ${countText(copied, 'row')} of ${countText(replaces.length, 'leaf', 'leaves')}`,
    )
    rows += copied
  }
  return rows
}

/** @param rows of all tables, counted by the caller */
export function summary({ from, tables }: Month, rows: number): MergedMonth {
  const leaves = tables.reduce((sum, table) => sum + table.leaves.length, 0)
  return { month: from.slice(0, 7), tables: tables.length, leaves, rows }
}
