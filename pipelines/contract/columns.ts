import { z } from 'zod'
import { type ColumnCheck, type Range, zodCheck } from './column-checks.ts'
import { anchoredPattern } from './pattern.ts'

/** How far a column can identify a person: by itself, together with others, or not at all. */
export type Phi = 'direct' | 'quasi' | 'none'

/** What every column declares besides its type. */
export interface ColumnInfo {
  readonly phi: Phi
  /** One line for the data dictionary. */
  readonly description: string
}

/** The type a delivered text is cast to after its checks held. */
export type ColumnType =
  | { readonly kind: 'text' }
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
  /** The table's own default, which a SELECT that does not yield the column leaves in place. */
  readonly absent?: string
}

/** The column's zod type: text in, text out; only the engine casts. */
export type Column = z.ZodString

function column(meta: ColumnMeta, checks: readonly ColumnCheck[]): Column {
  return z
    .string('is missing')
    .check(...checks.map(zodCheck))
    .meta({ ...meta })
}

const length = (min: 0 | 1, max: number): readonly ColumnCheck[] => [{ rule: 'length', min, max }, { rule: 'nul' }]

const pattern = (body: string, words: string): ColumnCheck => ({
  rule: 'pattern',
  pattern: anchoredPattern(body),
  words,
})

/** Free text of at most `maxLength` code points (default 1 MiB); the empty string is a value. */
export function text(info: ColumnInfo & { readonly maxLength?: number }): Column {
  const { maxLength = 1_048_576, ...rest } = info
  return column({ ...rest, type: { kind: 'text' } }, length(0, maxLength))
}

/** An identifier of a source: 1 to 255 code points. */
export function id(info: ColumnInfo): Column {
  return column({ ...info, type: { kind: 'text' } }, length(1, 255))
}

/** A code whose form is known.
 *
 * @param info with `pattern`, the body of a regular expression that the whole text must match
 * @throws Error if the pattern goes beyond what {@link anchoredPattern} allows
 */
export function code(info: ColumnInfo & { readonly pattern: string }): Column {
  const { pattern: body, ...rest } = info
  return column({ ...rest, type: { kind: 'text' } }, [...length(1, 255), pattern(body, `does not match ${body}`)])
}

/** An electronic mail address of at most 320 code points, as zod's own `email` reads it. */
export function email(info: ColumnInfo): Column {
  const body = z.regexes.email.source.replace(/^\^/, '').replace(/\$$/, '').replaceAll('\\-', '-')
  return column({ ...info, type: { kind: 'text' } }, [...length(1, 320), pattern(body, 'is no mail address')])
}

/** One of a closed list of words. */
export function oneOf(values: readonly [string, ...string[]], info: ColumnInfo): Column {
  return column({ ...info, type: { kind: 'oneOf', values } }, [{ rule: 'one_of', values }])
}

/** `active`, `cancelled` or `entered_in_error`; `active` where a source does not say. */
export function recordStatus(): Column {
  const values = ['active', 'cancelled', 'entered_in_error'] as const
  const info: ColumnInfo = { phi: 'none', description: 'Whether the record still stands.' }
  return column({ ...info, type: { kind: 'oneOf', values }, absent: 'active' }, [{ rule: 'one_of', values }])
}

/** A whole number of 32 bits. */
export function integer(info: ColumnInfo, range: Range<number> = {}): Column {
  const checks = [pattern('-?[0-9]{1,10}', 'is no whole number'), { rule: 'cast', of: 'integer' }] as const
  return column({ ...info, type: { kind: 'integer' } }, [...checks, ...numbers(0, range)])
}

/** A whole number of 64 bits. */
export function bigint(info: ColumnInfo, range: Range<number> = {}): Column {
  const checks = [pattern('-?[0-9]{1,19}', 'is no whole number'), { rule: 'cast', of: 'bigint' }] as const
  return column({ ...info, type: { kind: 'bigint' } }, [...checks, ...numbers(0, range)])
}

/** `true` or `false`. */
export function boolean(info: ColumnInfo): Column {
  return column({ ...info, type: { kind: 'boolean' } }, [pattern('true|false', 'is neither true nor false')])
}

/**
 * A decimal number in plain notation, kept exactly: sums of decimals do not depend on the order of the rows.
 *
 * @param precision digits in all, 1 to 38
 * @param scale digits after the point, fewer than `precision`; a text with more of them breaks the contract, nothing is
 *   rounded
 */
export function decimal(precision: number, scale: number, info: ColumnInfo, range: Range<number> = {}): Column {
  const whole = `[0-9]{1,${precision - scale}}`
  const body = scale === 0 ? `-?${whole}` : `-?${whole}(?:[.][0-9]{1,${scale}})?`
  const words = `is no number of at most ${precision - scale} digits before and ${scale} after the point`
  const checks = [pattern(body, words), ...numbers(scale, range)]
  return column({ ...info, type: { kind: 'decimal', precision, scale } }, checks)
}

/**
 * What a date or time of the canonical model may be. Feeds write "unknown" and "never" as 0001-01-01, 1753-01-01,
 * 1840-12-31 or 9999-12-31: a value of that kind must be mapped to null by the source, not shown as a date. The upper end
 * leaves room for feeds that move all dates some 200 years ahead to protect the patients.
 */
const plausible: Range<string> = { min: '1850-01-01', max: '2299-12-31' }

const digits = '[0-9]{4}-[0-9]{2}-[0-9]{2}'
const longMonth = '(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])'
const shortMonth = '(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)'
const february = '02-(?:0[1-9]|1[0-9]|2[0-8])'
const leapYear = '(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)'
const calendarDay = `(?:[0-9]{4}-(?:${longMonth}|${shortMonth}|${february})|${leapYear}-02-29)`

/**
 * The calendar is a pattern, too: it costs no more than the form alone, and a cast beside the engine's own doubles the
 * cost of a date (2,000,000 times of day: 0.35 s for either pattern, 0.53 s with a cast, 0.91 s with a range on it).
 */
function days(time: string, words: string, range: Range<string>): readonly ColumnCheck[] {
  const calendar = anchoredPattern(`${calendarDay}${time}`)
  return [
    { rule: 'pattern', pattern: anchoredPattern(`${digits}${time}`), words, narrower: calendar },
    { rule: 'cast', of: 'day', pattern: calendar },
    ...(isOpen(range) ? [] : [{ rule: 'range', of: 'day', range } as const]),
  ]
}

/** A calendar date, `yyyy-mm-dd`, that exists. */
export function date(info: ColumnInfo, range: Range<string> = plausible): Column {
  return column({ ...info, type: { kind: 'date' } }, days('', 'is no date as yyyy-mm-dd', range))
}

/**
 * A moment: ISO 8601 date and time (00:00 to 23:59:59) with `T` or a blank between, seconds and up to six decimals
 * optional, with an offset (`Z`, `+02:00`) or, without one, in the zone of the source. Stored as UTC.
 *
 * @param range days, `yyyy-mm-dd`; the day is taken as delivered, before any zone
 */
export function timestamp(info: ColumnInfo, range: Range<string> = plausible): Column {
  const clock = '(?:[01][0-9]|2[0-3]):[0-5][0-9]'
  const time = `[T ]${clock}(?::[0-5][0-9](?:[.][0-9]{1,6})?)?(?:Z|[+-]${clock})?`
  return column({ ...info, type: { kind: 'timestamp' } }, days(time, 'is no time as yyyy-mm-ddThh:mm:ss', range))
}

function numbers(scale: number, range: Range<number>): readonly ColumnCheck[] {
  const bounds = [range.min, range.max].filter(bound => bound !== undefined)
  if (!bounds.every(Number.isSafeInteger)) throw new Error('the bounds of a range are whole numbers')
  return isOpen(range) ? [] : [{ rule: 'range', of: 'number', scale, range }]
}

const isOpen = ({ min, max }: Range<number | string>): boolean => min === undefined && max === undefined
