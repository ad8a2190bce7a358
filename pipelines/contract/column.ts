import { z } from 'zod'
import type { phis } from './builder.ts'
import { type ColumnCheck, definitionOf, zodCheck } from './column-checks.ts'
import type { ContractShape } from './contract.ts'

/** How far a column can identify a person: by itself, together with others, or not at all. */
export type Phi = (typeof phis)[number]

/** What every column declares besides its type. */
export interface ColumnInfo {
  readonly phi: Phi
  /** One line for the data dictionary. */
  readonly description: string
  /** Of a number whose unit is always the same, such as `mg` or `years`; for the data dictionary only. */
  readonly unit?: string
}

/** The type to which a delivered text is cast after its checks have passed. */
export type ColumnType =
  | { readonly kind: 'text' }
  | { readonly kind: 'oneOf'; readonly values: readonly string[] }
  | { readonly kind: 'integer' }
  | { readonly kind: 'bigint' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'date' }
  | { readonly kind: 'timestamp' }

/** What `.meta()` of a column from a builder of `columns.ts` contains. */
export interface ColumnMeta extends ColumnInfo {
  readonly type: ColumnType
  /** The table's default, which applies where a SELECT does not yield the column. */
  readonly absent?: string
}

/** The column's zod type: text in, text out. Only the engine casts. */
export type Column = z.ZodString

/** Makes a column of checks that hold in zod and in SQL alike. */
export function column(meta: ColumnMeta, checks: readonly ColumnCheck[]): Column {
  return z
    .string('is missing')
    .check(...checks.map(zodCheck))
    .meta({ ...meta })
}

/** The checks of a text that stays as it was delivered. */
export const length = (min: 0 | 1, max: number): readonly ColumnCheck[] => [
  { rule: 'length', min, max },
  { rule: 'nul' },
]

/** The checks of a text that is made clean. NUL comes first, because such a text stays as it is; the length is that of the clean text. */
export const cleanLength = (min: 0 | 1, max: number): readonly ColumnCheck[] => [
  { rule: 'nul' },
  { rule: 'invisible' },
  { rule: 'length', min, max },
]

/** The same column, made clean like an `id` if it is a text: the columns of a key or a reference identify a row. */
export function identifying(schema: ContractShape[string]): ContractShape[string] {
  if (schema instanceof z.ZodNullable) return identified(schema.unwrap()).nullable()
  return identified(schema)
}

/** A column that no builder made stays as it is; `columnsOf` refuses it. */
function identified(schema: Column): Column {
  if (!(schema instanceof z.ZodString)) return schema
  const meta = schema.meta() as Partial<ColumnMeta> | undefined
  const checks = (schema._zod.def.checks ?? []).map(definitionOf)
  const [first, second, ...others] = checks
  const isFreeText = meta?.type?.kind === 'text' && first?.rule === 'length' && second?.rule === 'nul'
  if (!isFreeText || others.length > 0) return schema
  return column(meta as ColumnMeta, cleanLength(first.min, first.max))
}
