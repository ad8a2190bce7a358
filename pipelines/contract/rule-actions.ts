import type { Contract, ContractColumn } from './contract.ts'
import { rowRules } from './row-rules.ts'

/** What becomes of a value or row that breaks a rule; made by {@link quarantine}, {@link drop} or {@link warn}. */
export type RuleAction = { readonly kind: 'quarantine' } | { readonly kind: 'drop' } | { readonly kind: 'warn' }

/**
 * Actions by what they are for: one rule of a column (`birth_date.range`), all rules of a column (`birth_date`), or a rule
 * across columns (`ended_before_started`). A key may begin with a table (`visits.facility.length`), and holds for that table
 * alone then. Where two are for one rule, the one that names the rule goes first, then the one that names the table.
 */
export type RuleActions = Readonly<Record<string, RuleAction>>

/** The row goes to quarantine and is not loaded: what becomes of a broken rule that nothing is declared for. */
export const quarantine = (): RuleAction => ({ kind: 'quarantine' })

/** The row is loaded without the value, which is kept in quarantine as dropped. */
export const drop = (): RuleAction => ({ kind: 'drop' })

/** The row is loaded with the value as it was delivered; the values are counted, and the batch warns of them. */
export const warn = (): RuleAction => ({ kind: 'warn' })

/** The builders that make an action, as a user calls them. */
export const actionBuilders = ['quarantine()', 'drop()', 'warn()'] as const

/** How a rule is called in a declaration and in counts: `birth_date.range`, `ended_before_started`. */
export const ruleKey = (column: string | null, rule: string): string => (column === null ? rule : `${column}.${rule}`)

/**
 * The action of one rule of a table: what the source declares, what the contract does where the source says nothing, and
 * else `quarantine`.
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

/** The rules of one column, in the order in which they are asked. */
export function columnRules({ nullable, type, checks }: ContractColumn): readonly string[] {
  const required = nullable ? [] : ['required']
  const placed = type.kind === 'timestamp' ? ['dst_gap'] : []
  return [...required, ...checks.map(({ rule }) => rule), ...placed]
}

/**
 * The actions of a table that are not `quarantine`, by {@link ruleKey}: what decides, besides the contract's own words, what
 * is loaded.
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

/** A declaration may be JavaScript, and a column may be called `constructor`. */
function own(actions: RuleActions, key: string): readonly RuleAction[] {
  const action = Object.hasOwn(actions, key) ? actions[key] : undefined
  return action === undefined ? [] : [action]
}
