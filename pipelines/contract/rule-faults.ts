import { didYouMean } from '../platform/nearest.ts'
import { columnsOf, type Contract, type ContractColumn } from './contract.ts'
import { columnRules, type RuleAction, type RuleActions, ruleKey } from './rule-actions.ts'
import { rowRules } from './row-rules.ts'

/** Rules whose broken values still fit the column's type; a text of another form, or a time that does not exist, cannot be loaded. */
const warnable: readonly string[] = ['length', 'one_of', 'range']

/** Rules about rows as a whole that no source changes, with what it can declare instead. */
const fixed: Readonly<Record<string, string>> = {
  parent: 'a row goes with its parent; see references',
  reference: 'a row needs its parent; see references',
  conflict: 'see onConflict',
  duplicate: 'see onConflict',
  superseded: 'see onConflict',
}

/** The names of the engine's own rules about rows as a whole. */
export const rulesOfRows: readonly string[] = [...Object.keys(fixed), 'key_too_long', 'zone_rules']

/**
 * What is wrong in the `rules` of a source: unknown columns and rules, and actions that a rule cannot have.
 *
 * @param contracts of the tables it fills
 * @returns sentences without full stops, each beginning with the member
 */
export function ruleFaults(actions: RuleActions, contracts: readonly Contract[]): readonly string[] {
  return Object.entries(actions).flatMap(([key, action]) =>
    faultsOf(key, action, contracts).map(fault => `rules['${key}'] ${fault}`),
  )
}

function faultsOf(key: string, action: RuleAction, contracts: readonly Contract[]): readonly string[] {
  const [first = '', ...others] = key.split('.')
  const table = others.length === 0 ? undefined : contracts.find(one => one.table === first)
  const [name = '', rule, ...rest] = table === undefined ? [first, ...others] : others
  const within = table === undefined ? contracts : [table]
  const columns = within.flatMap(contract =>
    columnsOf(contract)
      .filter(column => column.name === name)
      .map(column => ({ contract, column })),
  )
  const across = within.flatMap(contract =>
    rowRules(contract.table)
      .filter(one => one.name === name)
      .map(one => ({ contract, rule: one })),
  )
  if (rest.length > 0) return [`has too many parts: expected a column, a column and a rule, or a rule across columns`]
  if (columns.length === 0 && (across.length === 0 || rule !== undefined)) return [unknown(name, within)]
  if (rule === undefined) {
    return [
      ...columns.flatMap(({ contract, column }) => columnFaults(contract, column, columnRules(column), action)),
      ...across.flatMap(one => (action.kind === 'drop' ? acrossFaults(one.contract, one.rule.nulls) : [])),
    ]
  }
  const having = columns.filter(({ column }) => columnRules(column).includes(rule))
  if (having.length === 0)
    return [
      unknownRule(
        name,
        rule,
        columns.map(({ column }) => column),
      ),
    ]
  return having.flatMap(({ contract, column }) => columnFaults(contract, column, [rule], action))
}

function columnFaults(
  contract: Contract,
  column: ContractColumn,
  rules: readonly string[],
  { kind }: RuleAction,
): readonly string[] {
  if (kind === 'quarantine') return []
  const path = `${contract.table}.${column.name}`
  const held = holding(contract, column.name)
  if (held !== undefined)
    return [`cannot be ${kind}(): ${path} ${held}, and a row without it, or with another one, is lost`]
  if (kind === 'drop') {
    return column.nullable ? [] : [`cannot be drop(): ${path} may not be null`]
  }
  const never = rules.filter(rule => !warnable.includes(rule))
  if (never.length === 0) return []
  const may = columnRules(column).filter(rule => warnable.includes(rule))
  const instead = may.length === 0 ? '' : `; ${may.map(rule => ruleKey(column.name, rule)).join(', ')} can warn`
  return [`cannot be warn(): a value of ${path} that breaks ${never.join(', ')} cannot be loaded as it is${instead}`]
}

function acrossFaults(contract: Contract, nulls: readonly string[]): readonly string[] {
  return columnsOf(contract)
    .filter(column => nulls.includes(column.name))
    .flatMap(column => columnFaults(contract, column, [], { kind: 'drop' }))
}

/** Why a source must neither drop a column's value nor load it broken. */
function holding({ key, references }: Contract, column: string): string | undefined {
  if (key.includes(column)) return 'is part of the key'
  return references.some(({ columns }) => columns.includes(column)) ? 'names a parent' : undefined
}

function unknown(name: string, contracts: readonly Contract[]): string {
  const why = fixed[name]
  if (why !== undefined) return `cannot be changed: ${why}`
  const columns = contracts.flatMap(contract => columnsOf(contract))
  const asked = columns.find(column => columnRules(column).includes(name))
  if (asked !== undefined) return `is a rule of columns: name the column too, such as ${ruleKey(asked.name, name)}`
  const across = contracts.flatMap(contract => rowRules(contract.table).map(rule => rule.name))
  const words = [...columns.map(column => column.name), ...across]
  return `names ${name}, which is neither a column nor a rule across columns of its tables.${didYouMean(name, words)}`.replace(
    /[.]$/,
    '',
  )
}

function unknownRule(name: string, rule: string, columns: readonly ContractColumn[]): string {
  const there = [...new Set(columns.flatMap(columnRules))]
  return `names ${rule}, which is not a rule of ${name}.${didYouMean(rule, there)} There are ${there.join(', ')}`
}
