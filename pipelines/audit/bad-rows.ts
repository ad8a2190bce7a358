import type { BadRowLimit } from '../source/bad-row-limit.ts'
import { countText, numberText } from '../platform/count-text.ts'
import { RefusedError } from '../platform/errors.ts'
import type { LoadedBatch, StagedTable } from '../source/transformer.ts'

/**
 * Refuses a batch with too many rows that are in quarantine or have a dropped value, or with too many dropped values in one
 * column. Rows that went with their parent do not count: one broken patient with a thousand readings is one fault.
 *
 * @throws RefusedError naming the tables and the numbers
 */
export function requireFewBadRows(loaded: LoadedBatch, limit: BadRowLimit, runId: string | undefined): void {
  const tables = loaded.tables.map(({ table, candidates, quarantined, droppedRows }) => ({
    name: table,
    candidates,
    droppedRows,
    bad: Object.entries(quarantined).reduce((sum, [rule, rows]) => (rule === 'parent' ? sum : sum + rows), droppedRows),
  }))
  const broken = [...inputs(loaded), ...tables].filter(({ bad, candidates }) => limit.isExceeded(bad, candidates))
  if (broken.length === 0) {
    requireFewDropped(loaded, limit, runId)
    return
  }
  const words = broken
    .map(({ name, bad, candidates, droppedRows }) => {
      const lacking = droppedRows === 0 ? '' : ` (of ${numberText(droppedRows)} of them a value would be dropped)`
      return `${numberText(bad)} of ${countText(candidates, 'row')} of ${name}${lacking}`
    })
    .join(', ')
  // No limit loads a table that would lose every row, unless the source lets it be empty.
  const isLost = broken.some(({ bad, candidates, droppedRows }) => bad - droppedRows === candidates)
  const next = isLost
    ? 'Where every row is broken, the file has another form than the source expects: correct the delivery or the source, and run the batch again.'
    : 'Correct the delivery and run the batch again, or allow more with --max-bad-rows.'
  throw new RefusedError(
    `More rows than allowed (${limit.text} of a table) broke their contract: ${words}. What was published before is ` +
      `unchanged. ${seeRows('them', runId)}${next}`,
  )
}

/**
 * Where to see the rows of a refused run, as a sentence with a blank behind it.
 *
 * @param what of them to see
 * @param runId undefined if the batch was only tried, so that no quarantine has its rows
 */
export function seeRows(what: 'them' | 'why', runId: string | undefined): string {
  return runId === undefined ? '' : `See ${what} with: caseload quarantine ls --run ${runId.slice(0, 8)}. `
}

function inputs(
  loaded: LoadedBatch,
): readonly { name: string; candidates: number; droppedRows: number; bad: number }[] {
  const names = [...new Set(loaded.files.map(file => file.input))]
  return names.map(name => {
    const files = loaded.files.filter(file => file.input === name)
    return {
      name,
      candidates: files.reduce((sum, file) => sum + file.records - (file.emptyRows ?? 0), 0),
      droppedRows: 0,
      bad: files.reduce((sum, file) => sum + file.quarantined, 0),
    }
  })
}

/** How many of the delivered values of one column were dropped. */
interface DroppedColumn {
  readonly column: string
  readonly dropped: number
  readonly values: number
}

/**
 * Refuses a batch that drops too many values of one column: a column that few rows fill could lose all its values within the
 * limit of the table's rows.
 *
 * @throws RefusedError naming the columns and the numbers
 */
function requireFewDropped(loaded: LoadedBatch, limit: BadRowLimit, runId: string | undefined): void {
  const broken = loaded.tables.flatMap(one =>
    droppedColumns(one)
      .filter(({ dropped, values }) => limit.isExceeded(dropped, values))
      .map(({ column, dropped, values }) => `${dropped} of ${values} values of ${one.table}.${column}`),
  )
  if (broken.length === 0) return
  throw new RefusedError(
    `More values than allowed (${limit.text} of a column) broke a rule that drops them: ${broken.join(', ')}. What was ` +
      `published before is unchanged. ${seeRows('them', runId)}Correct the ` +
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
