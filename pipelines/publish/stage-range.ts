import { copyIn } from '../stage/copy/copy-in.ts'
import { copyOut } from '../stage/copy/copy-out.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/** A leaf to make from days that other leaves hold. */
export interface RangeOptions {
  /** UUID of the merge, or of the run or rollback that splits a month. */
  readonly operationId: string
  readonly table: string
  readonly source: string
  /** Name of the new leaf. */
  readonly leaf: string
  /** `yyyy-mm-dd`, the first day. */
  readonly from: string
  /** `yyyy-mm-dd`, the day after the last. */
  readonly to: string
  /** The published leaves to copy from. */
  readonly replaces: readonly string[]
}

/** The two sessions that a copy on the server needs. */
export interface CopySessions {
  /**
   * Writes, and holds the lock of the month: so its commit is visible before another session gets that lock, also if this
   * process was killed meanwhile.
   */
  readonly writer: Session
  /** Reads. */
  readonly reader: Session
}

/**
 * Copies days into a new staged leaf. The rows pass through this process, because only COPY can freeze them: a reader
 * whose snapshot is older than the swap would see none of the rows of an INSERT.
 *
 * @param signal checked between two chunks
 * @returns the number of rows in the leaf
 * @throws the server's error, after the writer rolled back; the caller must end the reader, which is in the middle of its copy
 */
export async function stageRange(
  { writer, reader }: CopySessions,
  options: RangeOptions,
  signal: AbortSignal,
): Promise<number> {
  const { operationId, table, source, leaf, from, to, replaces } = options
  await writer.query('begin')
  try {
    const staged = [operationId, table, source, leaf, from, to, replaces]
    await writer.query('select caseload.stage_range($1, $2, $3, $4, $5, $6, $7)', staged)
    const { read, write } = await copyStatements(writer, options)
    const copied = copyOut(reader, read)
    const rows = await copyIn(writer, write, unlessAborted(copied.chunks, signal))
    if (rows !== copied.rows()) throw new Error(`${table}: ${copied.rows()} rows were read, the server copied ${rows}`)
    await writer.query('select caseload.finish_range($1, $2)', [operationId, leaf])
    await writer.query('commit')
    return rows
  } catch (error) {
    await writer.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Called once the leaf exists: its lock on the table keeps new columns out until the rows are copied. */
async function copyStatements(
  session: Session,
  { table, leaf, replaces, from, to }: RangeOptions,
): Promise<{ readonly read: string; readonly write: string }> {
  const found = await session.query<{ read: string; write: string }>(readSql('sql/statements/publish/range_copy.sql'), [
    table,
    leaf,
    replaces,
    from,
    to,
  ])
  const [statements] = found.rows
  if (statements === undefined) throw new Error(`${table}: a range that replaces no leaf`)
  return statements
}

async function* unlessAborted(chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    signal.throwIfAborted()
    yield chunk
  }
}
