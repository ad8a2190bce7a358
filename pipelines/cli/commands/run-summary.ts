import { tableStyle } from './for-people.ts'
import { warnings } from '../../audit/check-result.ts'
import { total } from '../../contract/counts.ts'
import type { RunResult } from '../../run/run-batch.ts'
import { textTable } from '../../platform/text-table.ts'
import { countText, numberText } from '../../platform/count-text.ts'

/** The text about a published batch: one line, a table with one line per table, and what to look at next. */
export function runSummary({ batch, runId, files, tables, checks }: RunResult): string {
  const records = files.reduce((sum, file) => sum + file.records, 0)
  const wholeRecords = files.reduce((sum, file) => sum + file.quarantined, 0)
  const rows = tables.map(({ table, loaded, quarantined, removed, dropped }) => [
    table,
    loaded,
    total(quarantined),
    total(removed),
    total(dropped),
  ])
  const inQuarantine = tables.reduce(
    (sum, table) => sum + total(table.quarantined) + total(table.dropped),
    wholeRecords,
  )
  const warned = warnings(checks).length
  const counted = `${countText(records, 'record')} of ${countText(files.length, 'file')}`
  return [
    `Published ${batch.source} ${batch.date}: ${counted}, run ${runId}.\n`,
    textTable(['table', 'loaded', 'quarantined', 'removed', 'values dropped'], rows, tableStyle()),
    ...removedLines(tables),
    ...(wholeRecords > 0
      ? [
          `${countText(wholeRecords, 'whole record')} ${wholeRecords === 1 ? 'is' : 'are'} in quarantine: not of the declared form.\n`,
        ]
      : []),
    ...(inQuarantine > 0
      ? [`See the rows in quarantine with: caseload quarantine ls ${batch.source} ${batch.date}\n`]
      : []),
    ...(warned > 0
      ? [
          `${warned} quality ${warned === 1 ? 'rule warns' : 'rules warn'}. See them with: caseload check ${batch.source} ${batch.date}\n`,
        ]
      : []),
  ].join('')
}

/** Nothing else on the screen says why a row was removed: quarantine does not keep it. */
function removedLines(tables: RunResult['tables']): readonly string[] {
  const found = tables
    .filter(({ removed }) => total(removed) > 0)
    .map(({ table, removed }) => {
      const rules = Object.entries(removed).sort((a, b) => b[1] - a[1])
      return `${table} ${rules.map(([rule, rows]) => `${rule} ${numberText(rows)}`).join(', ')}`
    })
  return found.length === 0 ? [] : [`Removed, by rule: ${found.join('; ')}.\n`]
}
