import { z } from 'zod'
import { phiFaults } from './builder.ts'
import { type ColumnCheck, definitionOf } from './column-checks.ts'
import type { ColumnMeta, ColumnType } from './column.ts'
import { shown } from './faults.ts'
import type { RuleActions } from './rule-actions.ts'

/** Columns that every SELECT yields besides those of the table: the file of a row, and the record in it. */
export const lineageColumns = ['file_no', 'record_no'] as const
/** Columns that a SELECT may yield: the rule that removes the row, and the row's version. */
export const optionalColumns = ['removed_by', 'version'] as const

/** The columns of a contract, made by the builders of `columns.ts`; `.nullable()` where a value may be absent. */
export type ContractShape = Readonly<Record<string, z.ZodString | z.ZodNullable<z.ZodString>>>

/** That a row belongs to a row of another table of the same source. */
export interface Reference {
  /** The parent's table. */
  readonly table: string
  /** Columns that have the same name in both tables; a row with a null in one of them refers to nothing. */
  readonly columns: readonly string[]
  /** True if the row is part of one version of its parent, so that rows of two versions must never mix. */
  readonly versioned: boolean
}

/** What a valid row of one canonical table is, without `source` and `batch_date`, which the engine adds. */
export interface Contract {
  /** Table name, without schema. */
  readonly table: string
  /** One row is ...: a line for the data dictionary. */
  readonly grain: string
  /** The clinical key; the primary key is this followed by source and batch_date. */
  readonly key: readonly string[]
  /** The parents, the nearest one last. */
  readonly references: readonly Reference[]
  readonly shape: ContractShape
  /** What happens to values and rows that break a rule, unless a source declares otherwise; quarantine by default. */
  readonly rules?: RuleActions
}

/** One column, read from the zod definition. */
export interface ContractColumn extends ColumnMeta {
  readonly name: string
  readonly nullable: boolean
  /** In the order in which they run; each relies on those before it. */
  readonly checks: readonly ColumnCheck[]
}

/**
 * The columns of a contract in declared order.
 *
 * Accepts only what the engine can express. Any other zod check would run in zod and be silently missing from the SQL that
 * checks the rows.
 *
 * @throws Error, a bug of the contract's author, naming table, column and check, if a column does not come from a builder, if
 *   an argument of the builder was wrong, or if the column has a further check, transform or default
 */
export function columnsOf(contract: Contract): readonly ContractColumn[] {
  return Object.entries(contract.shape).map(([name, schema]) => columnOf(`${contract.table}.${name}`, name, schema))
}

function columnOf(path: string, name: string, schema: z.core.$ZodType): ContractColumn {
  if (!isZod(schema)) throw new Error(`${path} is ${shown(schema)} and not a column; ${advice}`)
  const outer = schema._zod.def as OpenDef
  const nullable = outer.type === 'nullable'
  if (nullable) refuseOthers(path, outer, ['type', 'innerType'])
  // Only the builder's .meta() counts: one behind .nullable() would have no effect.
  if (nullable && z.globalRegistry.has(schema)) throw new Error(`${path} has a .meta() behind .nullable(); ${advice}`)
  const inner = nullable ? outer.innerType : schema
  const def = inner?._zod.def as OpenDef
  if (def.type !== 'string') throw new Error(`${path} is a zod ${def.type}; ${advice}`)
  const meta = z.globalRegistry.get(inner as z.core.$ZodType) as (Partial<ColumnMeta> & Faulty) | undefined
  if (meta?.faults !== undefined) throw new Error(`${path}: ${meta.faults}`)
  refuseOthers(path, def, ['type', 'checks', 'error'])
  const checks = (def.checks ?? []).map(check => {
    const definition = definitionOf(check)
    if (definition === undefined) throw new Error(`${path} has the check ${nameOf(check)}; ${advice}`)
    return definition
  })
  const { type, phi, description, unit, absent } = meta ?? {}
  if (checks.length === 0 || type === undefined || phi === undefined || description === undefined) {
    throw new Error(`${path} is a plain zod string; ${advice}`)
  }
  const [fault] = phiFaults(phi)
  if (fault !== undefined) throw new Error(`${path}: ${fault}`)
  const given = { ...(unit === undefined ? {} : { unit }), ...(absent === undefined ? {} : { absent }) }
  return { name, nullable, type, phi, description, checks, ...given }
}

const advice = "the engine can express only the builders of 'caseload' and .nullable()"

/** What a builder returns for wrong arguments. */
interface Faulty {
  readonly faults?: string
}

const isZod = (value: unknown): boolean => typeof value === 'object' && value !== null && '_zod' in value

/** A definition of any kind of zod schema. */
interface OpenDef {
  readonly type: string
  readonly innerType?: z.core.$ZodType
  readonly checks?: readonly z.core.$ZodCheck[]
}

function refuseOthers(path: string, def: OpenDef, allowed: readonly string[]): void {
  const [other] = Object.entries(def).find(([key, value]) => value !== undefined && !allowed.includes(key)) ?? []
  if (other === undefined) return
  const names = other === 'checks' ? `the check ${(def.checks ?? []).map(nameOf).join(', ')}` : other
  throw new Error(`${path} has ${names}; ${advice}`)
}

function nameOf(check: z.core.$ZodCheck): string {
  const { check: kind, format } = check._zod.def as { readonly check: string; readonly format?: string }
  return format ?? kind
}

/** True for an identifier or a code: text that is made clean before it is checked. */
export function isIdentifier({ checks }: ContractColumn): boolean {
  return checks.some(check => check.rule === 'invisible')
}

/** The Postgres type of a column, spelled as `format_type` spells it. */
export function postgresType(type: ColumnType): string {
  if (type.kind === 'decimal') return `numeric(${type.precision},${type.scale})`
  if (type.kind === 'timestamp') return 'timestamp with time zone'
  if (type.kind === 'oneOf') return 'text'
  return type.kind
}
