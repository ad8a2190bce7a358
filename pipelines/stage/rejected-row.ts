import { batchRules } from '../check/verdict-columns.ts'
import { reasonFor, valueReason } from '../check/explain.ts'
import type { RejectedRow } from '../ledger/quarantine-row.ts'
import type { CheckedTable } from '../check/check-tables.ts'
import type { RejectedCandidate } from './stage-table.ts'

const batchReasons: Readonly<Record<(typeof batchRules)[number], string>> = {
  parent: 'the row it refers to is not loaded',
  reference: 'the row it refers to is not in this delivery',
  conflict: 'several rows have this key and contradict each other',
}

/**
 * The quarantine row of a rejected row or a dropped value, with its reason in words.
 *
 * @param file path under the landing root
 */
export function rejectedRow(table: CheckedTable, found: RejectedCandidate, file: string): RejectedRow {
  const rule = table.select.rules[found.rule]
  if (rule === undefined) throw new Error(`${table.contract.table}: no rule ${found.rule}`)
  const delivered = (): Record<string, string | null> => JSON.parse(found.row) as Record<string, string | null>
  const place = { table: table.contract.table, file, record: found.recordNo, rule: rule.rule, row: found.row }
  if (found.dropped !== undefined) {
    const reason = valueReason(table.contract, rule, delivered())
    return { ...place, column: found.dropped, reason, dropped: true }
  }
  const batchRule = rule.column === null ? batchRules.find(name => name === rule.rule) : undefined
  return {
    ...place,
    column: rule.column,
    reason: batchRule === undefined ? reasonFor(table.contract, rule, delivered()) : batchReasons[batchRule],
    dropped: false,
  }
}
