import type { Contract, ContractColumn } from './contract.ts'
import { rowRules } from './row-rules.ts'

/** What happens to a value or row that breaks a rule; made by {@link quarantine}, {@link drop} or {@link warn}. */
export type RuleAction = { readonly kind: 'quarantine' } | { readonly kind: 'drop' } | { readonly kind: 'warn' }

/**
 * Actions by rule: one rule of a column (`birth_date.range`), all rules of a column (`birth_date`), or a rule across columns
 * (`ended_before_started`). A key that begins with a table (`visits.facility.length`) applies to that table alone. If two keys
 * match one rule, the one that names the rule wins, then the one that names the table.
 */
export type RuleActions = Readonly<Record<string, RuleAction>>

/** The row goes to quarantine and is not loaded. This is the default. */
export const quarantine = (): RuleAction => ({ kind: 'quarantine' })

/** The row is loaded without the value; quarantine keeps the value as dropped. */
export const drop = (): RuleAction => ({ kind: 'drop' })

/** The row is loaded with the value as delivered; the batch warns with the number of such values. */
export const warn = (): RuleAction => ({ kind: 'warn' })

/** The builders that make an action, as a user calls them. */
export const actionBuilders = ['quarantine()', 'drop()', 'warn()'] as const

/** The name of a rule in declarations and counts: `birth_date.range`, `ended_before_started`. */
export const ruleKey = (column: string | null, rule: string): string => (column === null ? rule : `${column}.${rule}`)

/**
 * The action of one rule of a table: what the source declares, else what the contract declares, else `quarantine`.
 *
 * @param declared of the source
 * @param column null for a rule across columns
 */
export function actionOf(
  contract: Pick<Contract, 'table' | 'rules'>,
  declared: RuleActions,
  column: string | null,
  rule: string,
): RuleAction['kind'] {
  const key = ruleKey(column, rule)
  const keys = column === null ? [key] : [key, column]
  const ranked = keys.flatMap(one => [`${contract.table}.${one}`, one])
  const found = [declared, contract.rules ?? {}].flatMap(actions => ranked.flatMap(one => own(actions, one)))
  return found[0]?.kind ?? 'quarantine'
}

/** The rules of one column, in the order in which they run. */
export function columnRules({ nullable, type, checks }: ContractColumn): readonly string[] {
  const required = nullable ? [] : ['required']
  const placed = type.kind === 'timestamp' ? ['dst_gap'] : []
  return [...required, ...checks.map(({ rule }) => rule), ...placed]
}

/**
 * The actions of a table that are not `quarantine`, by {@link ruleKey}. Together with the contract they decide which rows
 * are loaded.
 *
 * @param columns of the contract
 */
export function actionsOf(
  contract: Pick<Contract, 'table' | 'rules'>,
  declared: RuleActions,
  columns: readonly ContractColumn[],
): Readonly<Record<string, RuleAction['kind']>> {
  const all = [
    ...columns.flatMap(column => columnRules(column).map(rule => [column.name, rule] as const)),
    ...rowRules(contract.table).map(({ name }) => [null, name] as const),
  ]
  return Object.fromEntries(
    all
      .map(([column, rule]) => [ruleKey(column, rule), actionOf(contract, declared, column, rule)] as const)
      .filter(([, kind]) => kind !== 'quarantine'),
  )
}

/** A column may be called `constructor`, which every object has. */
function own(actions: RuleActions, key: string): readonly RuleAction[] {
  const action = Object.hasOwn(actions, key) ? actions[key] : undefined
  return action === undefined ? [] : [action]
}
