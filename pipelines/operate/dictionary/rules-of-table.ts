import { wordsOf } from '../../contract/column-checks.ts'
import { columnsOf, type Contract, type ContractColumn } from '../../contract/contract.ts'
import { rowRules } from '../../contract/row-rules.ts'
import { actionOf, columnRules, findAction, ruleKey } from '../../contract/rule-actions.ts'
import type { Source } from '../../source/load-source.ts'
import type { RuleChange, RuleEntry } from './entries.ts'

/**
 * The rules of a table, each with its action and the sources that change it.
 *
 * @param filling the sources that fill the table
 */
export function rulesOf(contract: Contract, filling: readonly Source[]): readonly RuleEntry[] {
  const entry = (column: string | null, rule: string, broken: string, file: string | null): RuleEntry => {
    const action = actionOf(contract, {}, column, rule)
    const name = ruleKey(column, rule)
    return { name, column, broken, action, file, changes: changesOf(contract, filling, column, rule) }
  }
  return [
    ...columnsOf(contract).flatMap(column =>
      columnRules(column).map(rule => entry(column.name, rule, brokenWords(column, rule), null)),
    ),
    ...rowRules(contract.table).map(({ name, reason, origin }) => entry(null, name, reason, origin)),
  ]
}

/** What single sources declare for a rule: the one place that reads their `rules`. */
function changesOf(
  contract: Contract,
  filling: readonly Source[],
  column: string | null,
  rule: string,
): readonly RuleChange[] {
  const usual = actionOf(contract, {}, column, rule)
  return filling
    .map(({ name, transformer }) => {
      const { kind: action, reason = null } = findAction(contract, transformer.rules, column, rule)
      return { source: name, action, reason }
    })
    .filter(({ action }) => action !== usual)
}

function brokenWords({ checks }: ContractColumn, rule: string): string {
  if (rule === 'required') return 'is missing'
  if (rule === 'dst_gap') return 'is a time that the clocks of its zone skipped'
  const words = checks.filter(check => check.rule === rule).map(wordsOf)
  return words.join(', or ')
}
