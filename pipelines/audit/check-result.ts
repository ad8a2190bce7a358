import { countText, numberText } from '../platform/count-text.ts'
import type { Severity } from '../source/quality-rule.ts'

/** The result of one check for one table of a batch. */
export interface CheckResult {
  readonly check: string
  readonly table: string
  readonly severity: Severity
  /** `warn` and `fail`: the rule is broken, and its severity is `warn` or `error`. */
  readonly outcome: 'pass' | 'warn' | 'fail'
  /** Rows of the table. */
  readonly checkedRows: number
  /** Rows that break the rule; 0 where the rule is about the table as a whole. */
  readonly badRows: number
  /** Counts in words, never a patient's value. */
  readonly detail: string | undefined
  /** Where the rule is defined: a file, or a member of the source. */
  readonly origin: string
}

/** The outcome of a rule. */
export function outcomeOf(holds: boolean, severity: Severity): CheckResult['outcome'] {
  if (holds) return 'pass'
  return severity === 'error' ? 'fail' : 'warn'
}

/** One line for the log: the table, the check, and how many rows break it. */
export function describeResult({ check, table, checkedRows, badRows, detail }: CheckResult): string {
  const rows = badRows === 0 ? undefined : `${numberText(badRows)} of ${countText(checkedRows, 'row')}`
  const counts = [rows, detail].filter(part => part !== undefined).join('; ')
  return `${table} ${check}: ${counts}`
}

/** The results that warn. */
export function warnings(results: readonly CheckResult[]): readonly CheckResult[] {
  return results.filter(({ outcome }) => outcome === 'warn')
}

/** The results that refuse the batch. */
function failures(results: readonly CheckResult[]): readonly CheckResult[] {
  return results.filter(({ outcome }) => outcome === 'fail')
}

/**
 * Why a batch is refused: the broken rules, and how to see more.
 *
 * @param runId the run whose rows were checked
 * @returns undefined if nothing failed
 */
export function describeFailures(results: readonly CheckResult[], runId: string): string | undefined {
  const failed = failures(results)
  if (failed.length === 0) return undefined
  const count = `${countText(failed.length, 'quality rule')} ${failed.length === 1 ? 'does' : 'do'}`
  const list = failed.map(result => `${describeResult(result)} (${result.origin})`).join(', ')
  return (
    `${count} not hold: ${list}. Have the delivery corrected, or lower the rule's severity to warn if the rows are right. ` +
    `All counts: caseload sql "select * from caseload.checks where run_id = '${runId}'".`
  )
}
