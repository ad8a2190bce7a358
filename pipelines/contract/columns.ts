import { z } from 'zod'
import { builder, closedList, dayBounds, infoWith, patternBody, wholeBounds, wholeNumber } from './builder.ts'
import { cleanLength, column, type ColumnInfo, length } from './column.ts'
import type { ColumnCheck, Range } from './column-checks.ts'
import { saidText } from './faults.ts'
import { anchoredPattern, calendarDay, dayForm } from './pattern.ts'

const pattern = (body: string, words: string): ColumnCheck => ({
  rule: 'pattern',
  pattern: anchoredPattern(body),
  words,
})

const numberPattern = (body: string, words: string): ColumnCheck => ({
  rule: 'pattern',
  of: 'number',
  pattern: anchoredPattern(body),
  words,
})

const maxLength = wholeNumber(1, Number.MAX_SAFE_INTEGER, 'must be a whole number of at least 1').optional()

/**
 * Free text of at most `maxLength` code points (default 1 MiB); the empty string is a value. With `identifies: true` it is
 * made clean like an {@link id}: for codes without a fixed form, and identifiers that may be empty.
 */
export const text = builder<[info: ColumnInfo & { readonly maxLength?: number; readonly identifies?: boolean }]>(
  'text',
  z.object({ info: infoWith({ maxLength, identifies: z.boolean('must be true or false').optional() }) }),
  ({ maxLength = 1_048_576, identifies = false, ...rest }) =>
    column({ ...rest, type: { kind: 'text' } }, (identifies ? cleanLength : length)(0, maxLength)),
)

/**
 * An identifier of a source: 1 to 255 code points, without blanks around it and in Unicode's normalisation form C, so that
 * two spellings of one identifier are one. An invisible character breaks the rule `invisible`.
 */
export const id = builder<[info: ColumnInfo]>('id', z.object({ info: infoWith() }), info =>
  column({ ...info, type: { kind: 'text' } }, cleanLength(1, 255)),
)

/**
 * A code whose form is known, made clean like an {@link id} before it is compared with that form.
 *
 * `pattern` is the body of a regular expression that the whole text must match, of what {@link anchoredPattern} allows.
 */
export const code = builder<[info: ColumnInfo & { readonly pattern: string }]>(
  'code',
  z.object({ info: infoWith({ pattern: patternBody }) }),
  ({ pattern: body, ...rest }) =>
    column({ ...rest, type: { kind: 'text' } }, [...cleanLength(1, 255), pattern(body, `does not match ${body}`)]),
)

/** An electronic mail address of at most 320 code points, as zod's own `email` reads it. */
export const email = builder<[info: ColumnInfo]>('email', z.object({ info: infoWith() }), info => {
  const body = z.regexes.email.source.replace(/^\^/, '').replace(/\$$/, '').replaceAll('\\-', '-')
  return column({ ...info, type: { kind: 'text' } }, [...length(1, 320), pattern(body, 'is not a mail address')])
})

/** One of a closed list of words. */
export const oneOf = builder<[values: readonly [string, ...string[]], info: ColumnInfo]>(
  'oneOf',
  z.object({ values: closedList, info: infoWith() }),
  (values, info) => column({ ...info, type: { kind: 'oneOf', values } }, [{ rule: 'one_of', values }]),
)

/** `active`, `cancelled` or `entered_in_error`; `active` where a source does not yield it. */
export const recordStatus = builder<[]>('recordStatus', z.object({}), () => {
  const values = ['active', 'cancelled', 'entered_in_error'] as const
  const info: ColumnInfo = { phi: 'none', description: 'Whether the record is still valid.' }
  return column({ ...info, type: { kind: 'oneOf', values }, absent: 'active' }, [{ rule: 'one_of', values }])
})

const numberInfo = infoWith({ unit: saidText.optional() })
const numberArguments = z.object({ info: numberInfo, range: wholeBounds })

/** A whole number of 32 bits, in any notation that {@link decimal} takes: `12`, `12.0`, `1.2e1`. */
export const integer = builder<[info: ColumnInfo, range?: Range<number>]>(
  'integer',
  numberArguments,
  (info, range = {}) => {
    const checks = [numberPattern('-?[0-9]{1,10}', 'is not a whole number'), { rule: 'cast', of: 'integer' }] as const
    return column({ ...info, type: { kind: 'integer' } }, [...checks, ...numbers(0, range)])
  },
)

/** A whole number of 64 bits, in any notation that {@link decimal} takes. */
export const bigint = builder<[info: ColumnInfo, range?: Range<number>]>(
  'bigint',
  numberArguments,
  (info, range = {}) => {
    const checks = [numberPattern('-?[0-9]{1,19}', 'is not a whole number'), { rule: 'cast', of: 'bigint' }] as const
    return column({ ...info, type: { kind: 'bigint' } }, [...checks, ...numbers(0, range)])
  },
)

/** `true` or `false`. */
export const boolean = builder<[info: ColumnInfo]>('boolean', z.object({ info: infoWith() }), info =>
  column({ ...info, type: { kind: 'boolean' } }, [pattern('true|false', 'is neither true nor false')]),
)

const decimalArguments = z
  .object({
    precision: wholeNumber(1, 38, 'must be a whole number from 1 to 38'),
    scale: wholeNumber(0, 37, 'must be a whole number from 0 to 37'),
    info: numberInfo,
    range: wholeBounds,
  })
  .refine(({ precision, scale }) => Number(scale) < Number(precision), {
    path: ['scale'],
    error: 'must be less than precision',
  })

/**
 * A decimal number in plain or scientific notation, kept exactly: sums of decimals do not depend on the order of the rows.
 *
 * `precision` is the total number of digits, 1 to 38; `scale` the digits after the point, fewer than `precision`. A number that
 * needs more digits breaks the contract; nothing is rounded. Leading and trailing zeros do not count, so `1.50`, `1.5000000` and
 * `15e-1` are one number. NaN and infinity are not numbers.
 */
export const decimal = builder<[precision: number, scale: number, info: ColumnInfo, range?: Range<number>]>(
  'decimal',
  decimalArguments,
  (precision, scale, info, range = {}) => {
    const whole = `[0-9]{1,${precision - scale}}`
    const body = scale === 0 ? `-?${whole}` : `-?${whole}(?:[.][0-9]{1,${scale}})?`
    const words = `is not a number of at most ${precision - scale} digits before and ${scale} after the point`
    const checks = [numberPattern(body, words), ...numbers(scale, range)]
    return column({ ...info, type: { kind: 'decimal', precision, scale } }, checks)
  },
)

/**
 * The default range of dates and times. Feeds write "unknown" and "never" as 0001-01-01, 1753-01-01, 1840-12-31 or
 * 9999-12-31: the source must map such a value to null, not show it as a date. The upper end leaves room for feeds that move
 * all dates some 200 years ahead to protect the patients.
 */
const plausible: Range<string> = { min: '1850-01-01', max: '2299-12-31' }

/**
 * The calendar is a pattern, too: it costs no more than the form alone, and a second cast beside the engine's own doubles the
 * cost of a date (2,000,000 times of day: 0.35 s for either pattern, 0.53 s with a cast, 0.91 s with a range on it).
 */
function days(time: string, words: string, range: Range<string>): readonly ColumnCheck[] {
  const calendar = anchoredPattern(`${calendarDay}${time}`)
  return [
    { rule: 'pattern', pattern: anchoredPattern(`${dayForm}${time}`), words, narrower: calendar },
    { rule: 'cast', of: 'day', pattern: calendar },
    ...(isOpen(range) ? [] : [{ rule: 'range', of: 'day', range } as const]),
  ]
}

const dayArguments = z.object({ info: infoWith(), range: dayBounds })

/** A day of the calendar, `yyyy-mm-dd`. */
export const date = builder<[info: ColumnInfo, range?: Range<string>]>(
  'date',
  dayArguments,
  (info, range = plausible) =>
    column({ ...info, type: { kind: 'date' } }, days('', 'is not a date as yyyy-mm-dd', range)),
)

/**
 * A moment: ISO 8601 date and time (00:00 to 23:59:59) with `T` or a blank between, seconds and up to six decimals
 * optional, with an offset (`Z`, `+02:00`) or, without one, in the zone of the source. Stored as UTC.
 *
 * `range` is of days, `yyyy-mm-dd`. It applies to the day as delivered, before any zone.
 */
export const timestamp = builder<[info: ColumnInfo, range?: Range<string>]>(
  'timestamp',
  dayArguments,
  (info, range = plausible) => {
    const clock = '(?:[01][0-9]|2[0-3]):[0-5][0-9]'
    const time = `[T ]${clock}(?::[0-5][0-9](?:[.][0-9]{1,6})?)?(?:Z|[+-]${clock})?`
    return column({ ...info, type: { kind: 'timestamp' } }, days(time, 'is not a time as yyyy-mm-ddThh:mm:ss', range))
  },
)

function numbers(scale: number, range: Range<number>): readonly ColumnCheck[] {
  return isOpen(range) ? [] : [{ rule: 'range', of: 'number', scale, range }]
}

const isOpen = ({ min, max }: Range<number | string>): boolean => min === undefined && max === undefined
