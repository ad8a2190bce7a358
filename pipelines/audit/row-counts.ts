import type { Batch } from '../source/batch.ts'
import { countText, numberText } from '../platform/count-text.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import type { BatchTable } from './check-query.ts'
import { type CheckResult, outcomeOf } from './check-result.ts'

/** The median of fewer earlier batches means little. */
const fewestBatches = 4
/** A table this small doubles by chance. */
const fewestRows = 100

/**
 * Compares the rows of each table with the median of up to eight earlier batches of the same weekday, and warns if they are
 * fewer than half or more than double. It only warns, because the result depends on the batches that were loaded before.
 */
export async function checkRowCounts(
  session: Session,
  batch: Batch,
  tables: readonly BatchTable[],
): Promise<readonly CheckResult[]> {
  const found = await session.query<{ table_name: string; batches: number; median: number }>(
    readSql('sql/statements/audit/row_counts.sql'),
    [batch.source, batch.date, tables.map(({ table }) => table)],
  )
  const earlier = new Map(found.rows.map(row => [row.table_name, row]))
  return tables.map(({ table, loaded }) => {
    const { batches = 0, median = 0 } = earlier.get(table) ?? {}
    const unusual =
      batches >= fewestBatches && Math.max(loaded, median) >= fewestRows && (loaded < median / 2 || loaded > median * 2)
    const words = `${countText(batches, 'earlier batch', 'earlier batches')} of this weekday`
    return {
      check: 'row_count',
      table,
      severity: 'warn',
      outcome: outcomeOf(!unusual, 'warn'),
      checkedRows: loaded,
      badRows: 0,
      detail:
        batches === 0
          ? `no ${words.slice(2)}`
          : `${countText(loaded, 'row')}; the median of ${words} is ${numberText(median)}`,
      origin: 'caseload.tables',
    }
  })
}
