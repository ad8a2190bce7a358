import type { BadRowLimit } from '../source/bad-row-limit.ts'
import { RefusedError } from '../platform/errors.ts'
import type { LoadedBatch, StagedTable } from '../source/transformer.ts'

/** How many values of one column were dropped, of those that were delivered. */
interface DroppedColumn {
  readonly column: string
  readonly dropped: number
  readonly values: number
}

/**
 * Refuses a batch that drops too many of the values of one column: a column that few rows fill can lose all it has within the
 * limit of its table's rows.
 *
 * @throws RefusedError naming the columns and the numbers
 */
export function requireFewDropped(loaded: LoadedBatch, limit: BadRowLimit, runId: string): void {
  const broken = loaded.tables.flatMap(one =>
    droppedColumns(one)
      .filter(({ dropped, values }) => limit.isExceeded(dropped, values))
      .map(({ column, dropped, values }) => `${dropped} of ${values} values of ${one.table}.${column}`),
  )
  if (broken.length === 0) return
  throw new RefusedError(
    `More values than allowed (${limit.text} of a column) broke a rule that drops them: ${broken.join(', ')}. What was ` +
      `published before is unchanged. See them with: caseload quarantine ls --run ${runId.slice(0, 8)}. Correct the ` +
      'delivery and run the batch again, or allow more with --max-bad-rows.',
  )
}

function droppedColumns({ dropped, droppedOf }: StagedTable): readonly DroppedColumn[] {
  return Object.entries(droppedOf).map(([column, values]) => ({
    column,
    dropped: Object.entries(dropped).reduce(
      (sum, [key, count]) => (key.startsWith(`${column}.`) ? sum + count : sum),
      0,
    ),
    values,
  }))
}
