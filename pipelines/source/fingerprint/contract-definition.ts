import type { ColumnCheck } from '../../contract/column-checks.ts'
import type { Phi } from '../../contract/column.ts'
import { columnsOf, type Contract, postgresType } from '../../contract/contract.ts'
import { actionsOf, type RuleAction, type RuleActions } from '../../contract/rule-actions.ts'
import { rowRules } from '../../contract/row-rules.ts'

/**
 * Everything in a contract that decides which rows a table gets and what they contain, as plain JSON. The ledger keeps it for
 * the contract under which a batch was published. Descriptions and the texts of reasons are left out: they change no row.
 */
export interface ContractDefinition {
  readonly table: string
  readonly key: readonly string[]
  readonly references: readonly ReferenceDefinition[]
  /** In declared order. */
  readonly columns: readonly ColumnDefinition[]
  /** Rules across columns, by name. */
  readonly rules: readonly RuleDefinition[]
  /** The actions of rules that do not quarantine: `birth_date.range` is `drop`. */
  readonly actions: Readonly<Record<string, RuleAction['kind']>>
}

/** A parent of the table's rows. */
export interface ReferenceDefinition {
  readonly table: string
  readonly columns: readonly string[]
  readonly versioned: boolean
}

/** One column. */
export interface ColumnDefinition {
  readonly name: string
  /** As `format_type` spells it. */
  readonly type: string
  readonly nullable: boolean
  readonly phi: Phi
  /** The value where a source does not yield the column; null for an SQL null. */
  readonly absent: string | null
  /** Its pattern, length, range and choices, in the order in which they run. */
  readonly checks: readonly CheckDefinition[]
}

/** One check of a delivered text, without its message. */
export type CheckDefinition = Readonly<Record<string, unknown>> & { readonly rule: ColumnCheck['rule'] }

/** A rule across columns: SQL that is true for a row that breaks it. */
export interface RuleDefinition {
  readonly name: string
  readonly broken: string
  /** The columns that `drop` sets to null. */
  readonly nulls: readonly string[]
}

/**
 * @param declared the `rules` of the source
 * @returns the definition; two contracts that check and cast every row alike give the same JSON, see {@link definitionText}
 * @throws Error, a bug of the contract's author, as `columnsOf` and `rowRules` do
 */
export function contractDefinition(contract: Contract, declared: RuleActions = {}): ContractDefinition {
  const columns = columnsOf(contract)
  return {
    table: contract.table,
    key: [...contract.key],
    references: contract.references.map(({ table, columns, versioned }) => ({ table, columns, versioned })),
    columns: columns.map(({ name, type, nullable, phi, absent, checks }) => ({
      name,
      type: postgresType(type),
      nullable,
      phi,
      absent: absent ?? null,
      checks: checks.map(withoutWords),
    })),
    rules: rowRules(contract.table).map(({ name, broken, nulls }) => ({
      name,
      broken: broken(column => `row.${column}`, 'batch_date').replaceAll(/\s+/g, ' '),
      nulls,
    })),
    actions: actionsOf(contract, declared, columns),
  }
}

/** A definition as one line of JSON with sorted keys, for a hash: equal definitions give equal text. */
export function definitionText(definition: ContractDefinition): string {
  return JSON.stringify(sorted(definition))
}

function withoutWords(check: ColumnCheck): CheckDefinition {
  return Object.fromEntries(Object.entries(check).filter(([key]) => key !== 'words')) as CheckDefinition
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
