import { z } from 'zod'

/** How far a column can identify a person: by itself, together with others, or not at all. */
export type Phi = 'direct' | 'quasi' | 'none'

/** What every column declares besides its type. */
export interface ColumnInfo {
  readonly phi: Phi
  /** One line for the data dictionary. */
  readonly description: string
}

/** The type a delivered text is cast to after its pattern held. */
export type ColumnType =
  | { readonly kind: 'text'; readonly minLength: number; readonly maxLength: number }
  | { readonly kind: 'oneOf'; readonly values: readonly string[] }
  | { readonly kind: 'integer' }
  | { readonly kind: 'bigint' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'date' }
  | { readonly kind: 'timestamp' }

/** What `.meta()` of a column made by one of our builders holds. */
export interface ColumnMeta extends ColumnInfo {
  readonly type: ColumnType
  /** Anchored pattern on the delivered text, from the subset that JavaScript and RE2 read alike. */
  readonly pattern: string | undefined
  /** The table's own default, which a SELECT that does not yield the column leaves in place. */
  readonly absent?: string
}

/** The column's zod type: text in, text out; only the engine casts. */
export type Column = z.ZodString

const anchored = (body: string): string => `^(?:${body})$`

function column(info: ColumnInfo, type: ColumnType, body?: string): Column {
  const pattern = body === undefined ? undefined : anchored(body)
  const base = pattern === undefined ? z.string() : z.string().regex(new RegExp(pattern, 'u'))
  return base.meta({ ...info, type, pattern } satisfies ColumnMeta)
}

/** Free text of at most `maxLength` code points (default 1 MiB); the empty string is a value. */
export function text(info: ColumnInfo & { readonly maxLength?: number }): Column {
  const { maxLength = 1_048_576, ...rest } = info
  return column(rest, { kind: 'text', minLength: 0, maxLength })
}

/** An identifier of a source: 1 to 255 code points. */
export function id(info: ColumnInfo): Column {
  return column(info, { kind: 'text', minLength: 1, maxLength: 255 })
}

/** A code whose form is known.
 *
 * @param info with `pattern`, the body of a regular expression that the whole text must match
 */
export function code(info: ColumnInfo & { readonly pattern: string }): Column {
  const { pattern, ...rest } = info
  return column(rest, { kind: 'text', minLength: 1, maxLength: 255 }, pattern)
}

/** One of a closed list of words. */
export function oneOf(values: readonly [string, ...string[]], info: ColumnInfo): Column {
  return column(info, { kind: 'oneOf', values })
}

/** `active`, `cancelled` or `entered_in_error`; `active` where a source does not say. */
export function recordStatus(): Column {
  const values = ['active', 'cancelled', 'entered_in_error']
  const info: ColumnInfo = { phi: 'none', description: 'Whether the record still stands.' }
  return z
    .string()
    .meta({ ...info, type: { kind: 'oneOf', values }, pattern: undefined, absent: 'active' } satisfies ColumnMeta)
}

/** A whole number of 32 bits. */
export function integer(info: ColumnInfo): Column {
  return column(info, { kind: 'integer' }, '-?[0-9]{1,10}')
}

/** A whole number of 64 bits. */
export function bigint(info: ColumnInfo): Column {
  return column(info, { kind: 'bigint' }, '-?[0-9]{1,19}')
}

/** `true` or `false`. */
export function boolean(info: ColumnInfo): Column {
  return column(info, { kind: 'boolean' }, 'true|false')
}

/**
 * A decimal number in plain notation, kept exactly: sums of decimals do not depend on the order of the rows.
 *
 * @param precision digits in all, 1 to 38
 * @param scale digits after the point; a text with more of them breaks the contract, nothing is rounded
 */
export function decimal(precision: number, scale: number, info: ColumnInfo): Column {
  const whole = `[0-9]{1,${precision - scale}}`
  const body = scale === 0 ? `-?${whole}` : `-?${whole}(?:[.][0-9]{1,${scale}})?`
  return column(info, { kind: 'decimal', precision, scale }, body)
}

/** A calendar date, `yyyy-mm-dd`, that exists. */
export function date(info: ColumnInfo): Column {
  return column(info, { kind: 'date' }, '[0-9]{4}-[0-9]{2}-[0-9]{2}')
}

/**
 * A moment: ISO 8601 date and time (00:00 to 23:59:59) with `T` or a blank between, seconds and up to six decimals
 * optional, with an offset
 * (`Z`, `+02:00`) or, without one, in the zone of the source. Stored as UTC.
 */
export function timestamp(info: ColumnInfo): Column {
  const clock = '(?:[01][0-9]|2[0-3]):[0-5][0-9]'
  const time = `${clock}(?::[0-5][0-9](?:[.][0-9]{1,6})?)?`
  return column(info, { kind: 'timestamp' }, `[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]${time}(?:Z|[+-]${clock})?`)
}
