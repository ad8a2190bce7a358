import type { BatchTable } from './check-query.ts'
import type { CheckResult } from './check-result.ts'

/**
 * What the batch loaded although it broke a rule for which its source says `warn()`: one warning per table and rule, from the
 * counts of the run that loaded it, since a value that is loaded no longer shows which rule it broke.
 */
export function checkWarned(tables: readonly BatchTable[]): readonly CheckResult[] {
  return tables.flatMap(({ table, loaded, warned }) =>
    Object.entries(warned ?? {}).map(([rule, badRows]) => ({
      check: `warn(${rule})`,
      table,
      severity: 'warn' as const,
      outcome: 'warn' as const,
      checkedRows: loaded,
      badRows,
      detail: 'loaded as delivered',
      origin: 'rules of the source',
    })),
  )
}
