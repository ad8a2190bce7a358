import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { transformerOf } from '../source/batch.ts'
import { contractFor } from '../contract/tables/contracts.ts'
import { columnsOf, type ContractColumn } from '../contract/contract.ts'
import { checkAction, type RuleActions } from '../contract/rule-actions.ts'
import { UsageError } from '../platform/errors.ts'
import type { Source } from '../source/load-source.ts'
import { referencesOf } from '../source/transformer.ts'
import { type CheckSql, projectChecks, shippedChecks, sourceChecks } from './check-file.ts'
import { type QualityRule, ruleName } from '../source/quality-rule.ts'
import type { SourceReferences } from './references.ts'

/** Everything that is checked in the batches of one source. */
export interface BatchChecks {
  /** Declared by the class. */
  readonly rules: readonly QualityRule[]
  /** Shipped with the tables or beside the class. */
  readonly sql: readonly CheckSql[]
  /** What the source changes of rules and checks; nothing by default. */
  readonly actions?: RuleActions
  /** Undefined if references are not checked. */
  readonly references?: SourceReferences
}

/**
 * The checks of a source: the shipped ones of the tables it fills, the project's, its own beside its class, and the rules that
 * its class declares. Of queries with the same name and table the source's own wins, then the project's. A check that the source
 * or the project turns off is left out.
 *
 * @param folders of sources, in the order of the search
 * @throws UsageError naming the rule or the file that is wrong
 */
export function loadChecks(source: Pick<Source, 'name' | 'transformer'>, folders: readonly string[]): BatchChecks {
  const { tables, quality, rules: actions } = source.transformer
  for (const rule of quality) refuseWrong(rule, source.name, tables)
  const names = quality.map(rule => `${rule.table} ${ruleName(rule)}`)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new UsageError(`${source.name} declares the quality rule ${twice} twice.`)
  const own = ownChecks(source.name, folders)
  const stray = own.find(check => !tables.includes(check.table))
  if (stray !== undefined) {
    throw new UsageError(`${stray.origin} checks ${stray.table}, which ${source.name} does not fill.`)
  }
  const project = without(projectChecks(), own).filter(({ table }) => tables.includes(table))
  const shipped = without(shippedChecks(), [...project, ...own]).filter(({ table }) => tables.includes(table))
  const deferred = tables.filter(table => referencesOf(source.transformer, table) === 'deferred')
  const isOn = ({ table, name }: CheckSql): boolean => checkAction(actions, table, name)?.kind !== 'off'
  const sql = [...shipped, ...project, ...own].filter(isOn)
  const entities = tables.filter(table => source.transformer.children[table] === 'entity')
  return { rules: quality, sql, actions, references: { filled: tables, deferred, entities } }
}

function without(checks: readonly CheckSql[], others: readonly CheckSql[]): readonly CheckSql[] {
  return checks.filter(({ name, table }) => !others.some(one => one.name === name && one.table === table))
}

function ownChecks(sourceName: string, folders: readonly string[]): readonly CheckSql[] {
  const transformer = transformerOf(sourceName)
  const places = folders.map(folder => join(folder, transformer))
  const place = places.find(one => ['.js', '.ts'].some(ending => existsSync(join(one, transformer + ending))))
  return place === undefined ? [] : sourceChecks(place)
}

/** The contract's column that a rule checks, undefined if it does not exist. */
export function columnOf(rule: { readonly table: string; readonly column: string }): ContractColumn | undefined {
  const contract = contractFor(rule.table)
  return contract === undefined ? undefined : columnsOf(contract).find(one => one.name === rule.column)
}

function refuseWrong(rule: QualityRule, sourceName: string, tables: readonly string[]): void {
  const shown = `${sourceName}: the quality rule ${ruleName(rule)} of ${rule.table}`
  if (!tables.includes(rule.table)) throw new UsageError(`${shown} names a table that the source does not fill.`)
  if (rule.kind === 'not_empty') return
  const column = columnOf(rule)
  if (column === undefined) throw new UsageError(`${shown} names a column that the table does not have.`)
  if (rule.kind === 'null_share') {
    if (rule.most >= 0 && rule.most <= 1) return
    throw new UsageError(`${shown} expects a share from 0 to 1.`)
  }
  refuseWrongBounds(shown, rule.bounds, column)
}

function refuseWrongBounds(shown: string, bounds: QualityRuleBounds, column: ContractColumn): void {
  const given = [bounds.least, bounds.most].filter(bound => bound !== undefined)
  if (given.length === 0) throw new UsageError(`${shown} has neither a lowest nor a highest value.`)
  const { kind } = column.type
  if (kind === 'text' || kind === 'oneOf')
    throw new UsageError(`${shown} is over text; a range is for numbers and times.`)
  const isTime = kind === 'date' || kind === 'timestamp'
  const right = (bound: number | string): boolean =>
    isTime ? typeof bound === 'string' && !Number.isNaN(Date.parse(bound)) : Number.isFinite(bound)
  if (given.every(right)) return
  throw new UsageError(`${shown} expects ${isTime ? 'bounds as ISO text' : 'numbers as bounds'}.`)
}

type QualityRuleBounds = Extract<QualityRule, { kind: 'range' }>['bounds']
