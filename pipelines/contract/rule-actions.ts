import type { Contract, ContractColumn } from './contract.ts'
import { currentProject } from './current-project.ts'
import { rowRules } from './row-rules.ts'

/** What happens to a value or row that breaks a rule; made by {@link quarantine}, {@link drop}, {@link warn} or {@link off}. */
export interface RuleAction {
  readonly kind: 'quarantine' | 'drop' | 'warn' | 'off'
  /** Why a source or a project changes the rule, for the people who see its rows. */
  readonly reason?: string
}

/**
 * Actions by rule: one rule of a column (`birth_date.range`), all rules of a column (`birth_date`), a rule across columns
 * (`ended_before_started`) or a quality check (`long_stays`). A key that begins with a table (`visits.facility.length`)
 * applies to that table alone. If two keys match one rule, the one that names the rule wins, then the one that names the table.
 */
export type RuleActions = Readonly<Record<string, RuleAction>>

const action = (kind: RuleAction['kind'], reason: string | undefined): RuleAction =>
  reason === undefined ? { kind } : { kind, reason }

/** The row goes to quarantine and is not loaded. This is the default. */
export const quarantine = (reason?: string): RuleAction => action('quarantine', reason)

/** The row is loaded without the value; quarantine keeps the value as dropped. */
export const drop = (reason?: string): RuleAction => action('drop', reason)

/** The row is loaded with the value as delivered; the batch warns with the number of such values. */
export const warn = (reason?: string): RuleAction => action('warn', reason)

/** The rule or the quality check is not checked. `caseload status` shows the reason. */
export const off = (reason: string): RuleAction => action('off', reason)

/** The builders that make an action, as a user calls them. */
export const actionBuilders = ['quarantine()', 'drop()', 'warn()', "off('reason')"] as const

/** The name of a rule in declarations and counts: `birth_date.range`, `ended_before_started`. */
export const ruleKey = (column: string | null, rule: string): string => (column === null ? rule : `${column}.${rule}`)

/** Who declares what happens to what breaks a rule; `default` is quarantine. */
export type DeclaredBy = 'source' | 'project' | 'contract' | 'default'

/** The action of a rule, and who declares it. */
export interface FoundAction extends RuleAction {
  readonly by: DeclaredBy
}

/**
 * The action of one rule of a table: what the source declares, else the project, else the contract, else `quarantine`.
 *
 * @param declared of the source
 * @param column null for a rule across columns
 */
export function findAction(
  contract: Pick<Contract, 'table' | 'rules'>,
  declared: RuleActions,
  column: string | null,
  rule: string,
): FoundAction {
  const keys = ruleKeys(contract.table, column, rule)
  return (
    changeOf(keys, declared) ?? firstOf(keys, contract.rules ?? {}, 'contract') ?? { kind: 'quarantine', by: 'default' }
  )
}

/** The kind of {@link findAction}. */
export function actionOf(...parts: Parameters<typeof findAction>): RuleAction['kind'] {
  return findAction(...parts).kind
}

/** What the source, else the project, declares for a quality check; undefined if neither changes it. */
export function checkAction(declared: RuleActions, table: string, check: string): FoundAction | undefined {
  return changeOf(ruleKeys(table, null, check), declared)
}

/** The keys under which an action of a rule can be declared, the strongest first. */
export function ruleKeys(table: string, column: string | null, rule: string): readonly string[] {
  const key = ruleKey(column, rule)
  const keys = column === null ? [key] : [key, column]
  return keys.flatMap(one => [`${table}.${one}`, one])
}

function changeOf(keys: readonly string[], declared: RuleActions): FoundAction | undefined {
  return firstOf(keys, declared, 'source') ?? firstOf(keys, currentProject()?.actions ?? {}, 'project')
}

/** A column may be called `constructor`, which every object has. */
function firstOf(keys: readonly string[], actions: RuleActions, by: DeclaredBy): FoundAction | undefined {
  const key = keys.find(one => Object.hasOwn(actions, one))
  const found = key === undefined ? undefined : actions[key]
  return found === undefined ? undefined : { ...found, by }
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
  return Object.fromEntries(
    namesOfRules(contract.table, columns)
      .map(([column, rule]) => [ruleKey(column, rule), actionOf(contract, declared, column, rule)] as const)
      .filter(([, kind]) => kind !== 'quarantine'),
  )
}

/** Every rule of a table: its column, null for a rule across columns, and its name. */
export function namesOfRules(
  table: string,
  columns: readonly ContractColumn[],
): readonly (readonly [column: string | null, rule: string])[] {
  return [
    ...columns.flatMap(column => columnRules(column).map(rule => [column.name, rule] as const)),
    ...rowRules(table).map(({ name }) => [null, name] as const),
  ]
}
