import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'

/** The leaves of one table in one month. */
export interface MonthTable {
  readonly table: string
  /** Sorted by day. */
  readonly leaves: readonly string[]
  /** By the counts of the ledger. */
  readonly rows: number
}

/** A whole month of one source. */
export interface Month {
  /** `yyyy-mm-dd`, its first day. */
  readonly from: string
  /** `yyyy-mm-dd`, the first day of the next. */
  readonly to: string
  /** Tables with at least two leaves, which can be merged. */
  readonly tables: readonly MonthTable[]
}

/**
 * Lists the months of a source that hold rows.
 *
 * @param to `yyyy-mm-dd`: only months that end before this day
 * @param from `yyyy-mm-dd`: only months that begin on this day or later
 */
export async function monthsOf(session: Session, source: string, to: string, from?: string): Promise<readonly Month[]> {
  const found = await session.query<{
    from_date: string
    to_date: string
    table_name: string
    leaves: readonly string[]
    rows: number
  }>(readSql('sql/statements/compact/month_leaves.sql'), [source, from ?? null, to])
  const months = new Map<string, { to: string; tables: MonthTable[] }>()
  for (const { from_date, to_date, table_name: table, leaves, rows } of found.rows) {
    const month = months.get(from_date) ?? { to: to_date, tables: [] }
    months.set(from_date, month)
    if (leaves.length > 1) month.tables.push({ table, leaves, rows })
  }
  return [...months].map(([first, month]) => ({ from: first, ...month }))
}
