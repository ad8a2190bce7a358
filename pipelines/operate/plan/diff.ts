import type { Batch } from '../../source/batch.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { type ChangeKind, diffStatements } from './diff-sql.ts'

/** A column of a table as the plan compares it. */
export interface PlanColumn {
  readonly name: string
  readonly isKey: boolean
}

/** How one column would change. */
export interface ColumnDiff {
  readonly column: string
  /** Share of the rows, 0 to 1, in which it is null; null without rows. */
  readonly nullsBefore: number | null
  readonly nullsAfter: number | null
  /** Number of keys whose value differs. */
  readonly changed: number
}

/** The key of one row that would change: a patient's data. */
export interface KeyDiff {
  readonly kind: ChangeKind
  readonly key: Readonly<Record<string, unknown>>
  /** The columns that differ; empty for a row that is added or removed. */
  readonly columns: readonly string[]
}

/** How one table would change, by key. */
export interface TableDiff {
  readonly table: string
  readonly rowsBefore: number
  readonly rowsAfter: number
  readonly added: number
  readonly removed: number
  readonly changed: number
  /** All columns but source and batch_date, in order. */
  readonly columns: readonly ColumnDiff[]
  /** Undefined if no keys were requested. */
  readonly keys?: readonly KeyDiff[]
}

/** One table to compare. */
export interface DiffOptions {
  readonly batch: Batch
  readonly table: string
  /** The staged leaf; undefined if nothing was staged. */
  readonly leaf: string | undefined
  /** Maximum number of keys of each kind of change. */
  readonly keys: number
}

/**
 * Compares the staged rows of one table with the published ones, by its primary key without source and batch_date. Takes the
 * locks of a reader, for one statement at a time.
 *
 * @param session holds the batch's lock, outside a transaction
 */
export async function diffTable(session: Session, { batch, table, leaf, keys }: DiffOptions): Promise<TableDiff> {
  const columns = await planColumns(session, table)
  const statements = diffStatements(table, leaf, columns)
  const batchKey = [batch.source, batch.date]
  const [row] = (await session.query<Readonly<Record<string, number | string>>>(statements.counts, batchKey)).rows
  const count = (name: string): number => Number(row?.[name] ?? 0)
  const before = count('rows_before')
  const after = count('rows_after')
  const diff = {
    table,
    rowsBefore: before,
    rowsAfter: after,
    added: count('added'),
    removed: count('removed'),
    changed: count('changed'),
    columns: columns.map(({ name }, at) => ({
      column: name,
      nullsBefore: share(count(`before_${at}`), before),
      nullsAfter: share(count(`after_${at}`), after),
      changed: count(`changed_${at}`),
    })),
  }
  if (keys === 0) return diff
  const found: KeyDiff[] = []
  for (const kind of ['added', 'removed', 'changed'] as const) {
    if (diff[kind] === 0) continue
    const listed = await session.query<KeyRow>(statements.keys(kind), [...batchKey, keys])
    found.push(...listed.rows.map(one => keyDiff(kind, columns, one)))
  }
  return { ...diff, keys: found }
}

interface KeyRow extends Readonly<Record<string, unknown>> {
  /** Positions of the columns that differ. */
  readonly columns: readonly number[]
}

function keyDiff(kind: ChangeKind, columns: readonly PlanColumn[], row: KeyRow): KeyDiff {
  const key = columns.flatMap(({ name, isKey }, at) => (isKey ? [[name, row[`k${at}`]] as const] : []))
  return { kind, key: Object.fromEntries(key), columns: row.columns.flatMap(at => columns[at]?.name ?? []) }
}

async function planColumns(session: Session, table: string): Promise<readonly PlanColumn[]> {
  const found = await session.query<{ name: string; is_key: boolean }>(readSql('sql/statements/plan/columns.sql'), [
    table,
  ])
  return found.rows.map(({ name, is_key }) => ({ name, isKey: is_key }))
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole
}
