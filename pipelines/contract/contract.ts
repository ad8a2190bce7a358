import type { z } from 'zod'
import type { ColumnMeta, ColumnType } from './columns.ts'

/** The columns of a contract: builders of `columns.ts`, `.nullable()` where a value may be absent. */
export type ContractShape = Readonly<Record<string, z.ZodString | z.ZodNullable<z.ZodString>>>

/** That a row belongs to a row of another table of the same source. */
export interface Reference {
  /** The parent's table. */
  readonly table: string
  /** Columns that have the same name in both; where one of them is null, the row refers to nothing. */
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
  /** Its parents, the nearest last. */
  readonly references: readonly Reference[]
  readonly shape: ContractShape
}

/** One column, flattened out of the zod definition. */
export interface ContractColumn extends ColumnMeta {
  readonly name: string
  readonly nullable: boolean
}

/**
 * The columns of a contract in declared order.
 *
 * @throws Error, a bug of the contract's author, naming table and column, if a column was not made by our builders or
 *   carries a check that the engine cannot express
 */
export function columnsOf(contract: Contract): readonly ContractColumn[] {
  return Object.entries(contract.shape).map(([name, schema]) => {
    const nullable = schema.type === 'nullable'
    const inner = nullable ? schema.unwrap() : schema
    const meta = inner.meta() as ColumnMeta | undefined
    if (meta?.type === undefined)
      throw new Error(`${contract.table}.${name} is not made by a builder of contract/columns.ts`)
    const checks = inner.def.checks ?? []
    if (checks.length > (meta.pattern === undefined ? 0 : 1)) {
      throw new Error(
        `${contract.table}.${name} carries a check besides its builder's own, which the engine cannot express`,
      )
    }
    return { ...meta, name, nullable }
  })
}

/** The Postgres type of a column, spelled as `format_type` spells it. */
export function postgresType(type: ColumnType): string {
  if (type.kind === 'decimal') return `numeric(${type.precision},${type.scale})`
  if (type.kind === 'timestamp') return 'timestamp with time zone'
  if (type.kind === 'oneOf') return 'text'
  return type.kind
}
