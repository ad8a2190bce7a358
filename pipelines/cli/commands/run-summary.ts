import { warnings } from '../../audit/check-result.ts'
import { total } from '../../contract/counts.ts'
import type { RunResult } from '../../run/run-batch.ts'
import { textTable } from '../../platform/text-table.ts'

/** What a person reads of a published batch: a line, and a table with one line per table. */
export function runSummary({ batch, runId, files, tables, checks }: RunResult): string {
  const records = files.reduce((sum, file) => sum + file.records, 0)
  const whole = files.reduce((sum, file) => sum + file.quarantined, 0)
  const rows = tables.map(({ table, loaded, quarantined, removed, dropped }) => [
    table,
    loaded,
    total(quarantined),
    total(removed),
    total(dropped),
  ])
  const inQuarantine = tables.reduce((sum, table) => sum + total(table.quarantined) + total(table.dropped), whole)
  const warned = warnings(checks).length
  return [
    `Published ${batch.source} ${batch.date}: ${records} records of ${files.length} files, run ${runId}.\n`,
    textTable(['table', 'loaded', 'quarantined', 'removed', 'values dropped'], rows),
    ...(whole > 0
      ? [`${whole} ${whole === 1 ? 'record is' : 'records are'} in quarantine whole, not being of the declared form.\n`]
      : []),
    ...(inQuarantine > 0 ? [`See them with: caseload quarantine ls ${batch.source} ${batch.date}\n`] : []),
    ...(warned > 0
      ? [
          `${warned} quality ${warned === 1 ? 'rule warns' : 'rules warn'}. See them with: caseload check ${batch.source} ${batch.date}\n`,
        ]
      : []),
  ].join('')
}
