import { z } from 'zod'
import type {
  CheckDefinition,
  ColumnDefinition,
  ContractDefinition,
} from '../../source/fingerprint/contract-definition.ts'

/** One change of a table's contract. */
export interface ContractChange {
  readonly table: string
  /** Undefined for a change of the whole row. */
  readonly column?: string
  /** Follows the name of the table or column in a message: `added (text, nullable)`, `integer, was text`. */
  readonly change: string
}

const names = z.array(z.string())

/** Loose, because a later Caseload may add members to a definition. */
const definitionForm = z.looseObject({
  table: z.string(),
  key: names,
  references: z.array(z.object({ table: z.string(), columns: names, versioned: z.boolean() })),
  columns: z.array(
    z.looseObject({
      name: z.string(),
      type: z.string(),
      nullable: z.boolean(),
      phi: z.enum(['direct', 'quasi', 'none']),
      absent: z.string().nullable(),
      checks: z.array(z.looseObject({ rule: z.string() })),
    }),
  ),
  // Definitions from before the actions have none: every broken row went to quarantine.
  rules: z.array(z.object({ name: z.string(), broken: z.string(), nulls: names.default([]) })),
  actions: z.record(z.string(), z.enum(['quarantine', 'drop', 'warn'])).default({}),
})

/**
 * Reads a definition of the ledger.
 *
 * @returns undefined if this code does not know its form
 */
export function readDefinition(kept: unknown): ContractDefinition | undefined {
  const read = definitionForm.safeParse(kept)
  return read.success ? (read.data as unknown as ContractDefinition) : undefined
}

/**
 * The changes of one table's contract: columns in the order of the new contract, then removed columns, then keys, parents and
 * rules.
 *
 * @returns empty if both accept the same rows and cast them to the same types
 */
export function contractChanges(before: ContractDefinition, after: ContractDefinition): readonly ContractChange[] {
  const { table } = after
  const was = byName(before.columns)
  const is = byName(after.columns)
  const ofColumns = [
    ...after.columns.flatMap(column => {
      const old = was.get(column.name)
      const changes = old === undefined ? [`added (${columnWords(column)})`] : columnChanges(old, column)
      return changes.map(change => ({ table, column: column.name, change }))
    }),
    ...before.columns
      .filter(column => !is.has(column.name))
      .map(column => ({ table, column: column.name, change: `removed (${columnWords(column)})` })),
  ]
  return [...ofColumns, ...rowChanges(before, after).map(change => ({ table, change }))]
}

function columnChanges(before: ColumnDefinition, after: ColumnDefinition): readonly string[] {
  return [
    ...differing(after.type, before.type),
    ...(after.nullable === before.nullable
      ? []
      : [after.nullable ? 'may be null, was required' : 'required, was nullable']),
    ...differing(`phi ${after.phi}`, `phi ${before.phi}`),
    ...differing(`${after.absent ?? 'null'} where absent`, `${before.absent ?? 'null'} where absent`),
    ...checkChanges(before.checks, after.checks),
  ]
}

/** A column has at most one check of each rule. */
function checkChanges(before: readonly CheckDefinition[], after: readonly CheckDefinition[]): readonly string[] {
  const rules = [...new Set([...after, ...before].map(({ rule }) => rule))]
  return rules.flatMap(rule => {
    const is = after.find(check => check.rule === rule)
    const was = before.find(check => check.rule === rule)
    if (same(is, was)) return []
    if (is === undefined) return [`${rule} no longer checked`]
    if (was === undefined) return [`${rule} checked now: ${checkWords(is)}`]
    return [`${rule}: ${checkWords(is)}, was ${checkWords(was)}`]
  })
}

function checkWords(check: CheckDefinition): string {
  const { pattern, values, range, of, ...length } = check as CheckParts
  if (pattern !== undefined) return shortened(pattern)
  if (values !== undefined) return values.join(' | ')
  if (range !== undefined) return ends(range)
  return of ?? (check.rule === 'length' ? ends(length) : check.rule)
}

/** The members of the checks of all rules. */
interface CheckParts extends Ends {
  readonly pattern?: string
  readonly values?: readonly string[]
  readonly range?: Ends
  readonly of?: string
}

interface Ends {
  readonly min?: string | number
  readonly max?: string | number
}

const ends = ({ min = '', max = '' }: Ends): string => `${min}..${max}`

/** A calendar's pattern is 300 characters long; two patterns that differ only at the end still show as changed. */
const shortened = (pattern: string): string => (pattern.length > 60 ? `${pattern.slice(0, 59)}…` : pattern)

function rowChanges(before: ContractDefinition, after: ContractDefinition): readonly string[] {
  const parents = (definition: ContractDefinition): string =>
    definition.references
      .map(({ table, columns, versioned }) => `${table} by ${columns.join(', ')}${versioned ? ', versioned' : ''}`)
      .join('; ') || 'no parent'
  const was = new Map(before.rules.map(rule => [rule.name, rule]))
  const is = new Map(after.rules.map(rule => [rule.name, rule]))
  return [
    ...differing(`key ${after.key.join(', ')}`, `key ${before.key.join(', ')}`),
    ...differing(`parents ${parents(after)}`, `parents ${parents(before)}`),
    ...[...is].flatMap(([name, rule]) => {
      const old = was.get(name)
      if (old === undefined) return [`rule ${name} added`]
      const nulls = (old.nulls.length === 0 ? rule : old).nulls
      return old.broken === rule.broken && same(nulls, rule.nulls) ? [] : [`rule ${name} changed`]
    }),
    ...[...was.keys()].filter(name => !is.has(name)).map(name => `rule ${name} removed`),
    ...actionChanges(before.actions, after.actions),
  ]
}

/** `birth_date.range drop, was quarantine` */
function actionChanges(before: ContractDefinition['actions'], after: ContractDefinition['actions']): readonly string[] {
  return [...new Set([...Object.keys(after), ...Object.keys(before)])].flatMap(rule =>
    differing(after[rule] ?? 'quarantine', before[rule] ?? 'quarantine').map(change => `${rule} ${change}`),
  )
}

const differing = (is: string, was: string): readonly string[] => (is === was ? [] : [`${is}, was ${was}`])

const same = (a: unknown, b: unknown): boolean => canonicalText(a) === canonicalText(b)

/** JSON with sorted members: a check in the ledger may have them in another order. */
function canonicalText(value: unknown): string | undefined {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

const columnWords = ({ type, nullable }: ColumnDefinition): string => `${type}, ${nullable ? 'nullable' : 'required'}`

const byName = (columns: readonly ColumnDefinition[]): ReadonlyMap<string, ColumnDefinition> =>
  new Map(columns.map(column => [column.name, column]))
