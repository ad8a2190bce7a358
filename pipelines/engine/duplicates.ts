import { verdictColumn, type CheckedSelect } from '../contract/check-sql.ts'
import type { DuckDB } from '../duckdb.ts'
import { quoteIdent } from '../sql.ts'

/** Two records that give rows with one key; files and records count from 1. */
export interface KeyTwice {
  readonly first: { readonly file: number; readonly record: number }
  readonly second: { readonly file: number; readonly record: number }
}

/**
 * Finds the first key that occurs twice. Runs the SELECT once more, grouped: only asked when the unique index of a leaf
 * has said that there is one.
 *
 * @param key the table's clinical key
 */
export async function findKeyTwice(
  duckdb: DuckDB,
  checked: CheckedSelect,
  key: readonly string[],
): Promise<KeyTwice | undefined> {
  const columns = key.filter(name => checked.columns.includes(name)).map(quoteIdent)
  const nth = (column: string, n: number): string => `list(${column} order by file_no, record_no)[${n}]`
  const [row] = await duckdb.rows(
    `select
      ${nth('file_no', 1)} as file_1,
      ${nth('record_no', 1)} as record_1,
      ${nth('file_no', 2)} as file_2,
      ${nth('record_no', 2)} as record_2
    from (${checked.sql})
    where ${verdictColumn} = 0
    group by ${columns.join(', ')}
    having count(*) > 1
    order by file_2, record_2
    limit 1`,
  )
  if (row === undefined) return undefined
  return {
    first: { file: Number(row['file_1']), record: Number(row['record_1']) },
    second: { file: Number(row['file_2']), record: Number(row['record_2']) },
  }
}
