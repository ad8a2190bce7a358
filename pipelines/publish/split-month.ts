import { setTimeout as sleep } from 'node:timers/promises'
import { type Batch, leafName } from '../source/batch.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { stageRange } from './stage-range.ts'

/** What staging a split needs besides the session that holds the lock of the month. */
export interface SplitOptions {
  readonly batch: Batch
  /** UUID of the run, or of the rollback, that replaces the day. */
  readonly operationId: string
  /** Opens a session to read with. Called only if a leaf has to be split. */
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
 * Stages the leaves that `caseload.split_ranges` needs to take one day out of a merged month, in all tables of the source:
 * leaves for the days before, for the day as it is published now, and for the days after, where they hold rows. First drops
 * the leaves that an earlier split or merge of the month left staged.
 *
 * @param session holds the lock of the month, see `underMonthLock`
 * @returns how many leaves it staged; 0 where no leaf of the day covers other days
 */
export async function stageSplit(session: Session, parts: SplitOptions): Promise<number> {
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

/** Drops the leaves that a split or merge of a month has staged; the session holds the lock of that month. */
export async function dropStagedRanges(session: Session, { source, date }: Batch): Promise<void> {
  await session.query('select caseload.drop_staged_ranges($1, $2)', [source, date])
}

/**
 * Drops the leaves that an operation staged to split a month and left behind. A signal breaks off the session that holds the
 * lock of the month, and the server needs up to a second to notice; until then this tries again.
 *
 * @param session any other session
 * @param patience timeout in milliseconds; after it, the next command that works on the month drops the leaves
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

/** The leaf of the day gets the name it had as a leaf of its run; the leaves of the other days are named after the operation. */
function orderOf(part: Part, { batch: { source }, operationId }: SplitOptions): Parameters<typeof stageRange>[1] {
  const { table_name: table, whole, from_date: from, to_date: to, run_id: owner } = part
  const leaf = leafName(table, { source, date: from }, owner ?? operationId)
  return { operationId, table, source, leaf, from, to, replaces: [whole] }
}
