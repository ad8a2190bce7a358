import { setTimeout as sleep } from 'node:timers/promises'
import { type Batch, leafName } from '../source/batch.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { stageRange } from './stage-range.ts'

/** What staging a split needs besides the session that holds the lock of the month. */
export interface SplitParts {
  readonly batch: Batch
  /** UUID of the run, or of whatever else replaces the day. */
  readonly operationId: string
  /** Opens a session to read with. Called only where there is something to split. */
  readonly openSession: (applicationName: string) => Promise<Session>
  readonly signal: AbortSignal
}

interface Part {
  readonly table_name: string
  readonly whole: string
  readonly from_date: string
  readonly to_date: string
  readonly run_id: string | null
}

/**
 * Stages what `caseload.split_ranges` needs to give a day of a merged month leaves of its own, in all tables of the
 * source: leaves for the days before, for the day as it is published now, and for the days after, where they hold rows.
 * What an earlier split or merge of the month has left staged is dropped first.
 *
 * @param session holds the lock of the month, see `underMonthLock`
 * @returns how many leaves it staged; 0 where no leaf of the day covers other days
 */
export async function stageSplit(session: Session, parts: SplitParts): Promise<number> {
  const { source, date } = parts.batch
  await dropStagedRanges(session, parts.batch)
  const found = await session.query<Part>(readSql('sql/statements/publish/split_parts.sql'), [source, date])
  if (found.rows.length === 0) return 0
  const reader = await parts.openSession(`caseload split ${source} ${date}`)
  try {
    for (const part of found.rows) {
      parts.signal.throwIfAborted()
      await stageRange({ writer: session, reader }, orderOf(part, parts), parts.signal)
    }
  } finally {
    await reader.end().catch(() => undefined)
  }
  return found.rows.length
}

/** Drops what is staged to cover the days of a month anew; the session holds the lock of that month. */
export async function dropStagedRanges(session: Session, { source, date }: Batch): Promise<void> {
  await session.query('select caseload.drop_staged_ranges($1, $2)', [source, date])
}

/**
 * Drops what an operation has left staged to split a month. A signal breaks the session off that holds the lock of the month,
 * and the server needs up to a second to notice; until then this asks again.
 *
 * @param session any other session
 * @param patience milliseconds; whoever next works on the month drops what is still there then
 */
export async function dropLeftRanges(
  session: Session,
  { source, date }: Batch,
  operationId: string,
  patience = 4000,
): Promise<void> {
  const deadline = Date.now() + patience
  for (;;) {
    const asked = await session.query<{ staged: number; dropped: number | null }>(
      readSql('sql/statements/publish/drop_left_ranges.sql'),
      [source, date, operationId],
    )
    const [left] = asked.rows
    if (left === undefined || left.staged === 0 || left.dropped !== null || Date.now() > deadline) return
    await sleep(50)
  }
}

/** The day's rows get back the name they had as a leaf of their run; the days beside it are named after the operation. */
function orderOf(part: Part, { batch: { source }, operationId }: SplitParts): Parameters<typeof stageRange>[1] {
  const { table_name: table, whole, from_date: from, to_date: to, run_id: owner } = part
  const leaf = leafName(table, { source, date: from }, owner ?? operationId)
  return { operationId, table, source, leaf, from, to, replaces: [whole] }
}
