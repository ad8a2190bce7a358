import type { CheckName } from './check-names.ts'
import { didYouMean } from '../platform/nearest.ts'
import { columnsOf, type Contract, type ContractColumn } from './contract.ts'
import { columnRules, type RuleAction, type RuleActions, ruleKey } from './rule-actions.ts'
import { rowRules } from './row-rules.ts'

/**
 * True for a rule whose broken values still fit the column's type: they can be loaded as they are. A number or a time of
 * another form, and a time that does not exist, cannot.
 */
const isLoadable = ({ type }: ContractColumn, rule: string): boolean =>
  ['length', 'one_of', 'range'].includes(rule) || (rule === 'pattern' && type.kind === 'text')

/** Rules that no source changes, with the reason or what it can declare instead. */
const fixed: Readonly<Record<string, string>> = {
  parent: 'a row goes with its parent; see references',
  reference: 'a row needs its parent; see references',
  conflict: 'see onConflict',
  duplicate: 'see onConflict',
  superseded: 'see onConflict',
  key_too_long: 'no index can hold such a key',
  zone_rules: 'the moment of such a time is not certain; see zone',
  invisible: 'two identifiers that look alike would be two patients',
  balance: 'every row is loaded, in quarantine or removed by a named rule',
}

/** The names of the engine's own rules about rows as a whole. */
export const rulesOfRows: readonly string[] = Object.keys(fixed)

/**
 * What is wrong in the `rules` of a source or a project: unknown columns and rules, and actions that a rule cannot have.
 *
 * @param contracts of the tables it fills
 * @param checks the quality checks of these tables
 * @returns sentences without full stops, each beginning with the member
 */
export function ruleFaults(
  actions: RuleActions,
  contracts: readonly Contract[],
  checks: readonly CheckName[] = [],
): readonly string[] {
  return Object.entries(actions).flatMap(([key, action]) =>
    faultsOf(key, action, contracts, checks).map(fault => `rules['${key}'] ${fault}`),
  )
}

function faultsOf(
  key: string,
  action: RuleAction,
  contracts: readonly Contract[],
  checks: readonly CheckName[],
): readonly string[] {
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
  const isCheck = checks.some(
    check => check.name === name && (check.table === undefined || within.some(one => one.table === check.table)),
  )
  if (columns.length === 0 && across.length === 0 && isCheck && rule === undefined) return checkFaults(action)
  if (columns.length === 0 && (across.length === 0 || rule !== undefined)) return [unknown(name, within, checks)]
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
  // A moment or a number out of range is still the key that was delivered.
  const keeps = kind !== 'drop' && rules.every(rule => rule === 'range')
  if (held !== undefined && !keeps)
    return [`cannot be ${kind}(): ${path} ${held}, and a row without it, or with another one, is lost`]
  if (kind === 'drop') {
    return column.nullable ? [] : [`cannot be drop(): ${path} may not be null`]
  }
  const never = rules.filter(rule => !isLoadable(column, rule))
  if (never.length === 0) return []
  const may = columnRules(column).filter(rule => isLoadable(column, rule))
  const can = kind === 'warn' ? 'can warn' : 'can be off'
  const instead = may.length === 0 ? '' : `; ${may.map(rule => ruleKey(column.name, rule)).join(', ')} ${can}`
  return [`cannot be ${kind}(): a value of ${path} that breaks ${never.join(', ')} cannot be loaded as it is${instead}`]
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

/** A check looks at rows that are loaded already. */
function checkFaults({ kind }: RuleAction): readonly string[] {
  if (kind === 'off' || kind === 'warn') return []
  return [`cannot be ${kind}(): it is a quality check, which can warn or be off`]
}

function unknown(name: string, contracts: readonly Contract[], checks: readonly CheckName[]): string {
  const why = fixed[name]
  if (why !== undefined) return `cannot be changed: ${why}`
  const columns = contracts.flatMap(contract => columnsOf(contract))
  const asked = columns.find(column => columnRules(column).includes(name))
  if (asked !== undefined) return `is a rule of columns: name the column too, such as ${ruleKey(asked.name, name)}`
  const across = contracts.flatMap(contract => rowRules(contract.table).map(rule => rule.name))
  const words = [...columns.map(column => column.name), ...across, ...checks.map(check => check.name)]
  return `names ${name}, which is neither a column nor a rule across columns nor a quality check of its tables.${didYouMean(name, words)}`.replace(
    /[.]$/,
    '',
  )
}

function unknownRule(name: string, rule: string, columns: readonly ContractColumn[]): string {
  const there = [...new Set(columns.flatMap(columnRules))]
  return `names ${rule}, which is not a rule of ${name}.${didYouMean(rule, there)} There are ${there.join(', ')}`
}
