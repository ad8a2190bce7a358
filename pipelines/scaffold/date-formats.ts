import type { ContractColumn } from '../contract/contract.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { quoteConstant } from '../platform/sql.ts'
import { type ColumnPlace, valuesOf, withSql } from './column-fit.ts'
import type { DateReading } from './mapping.ts'
import type { SourceColumn } from './nesting-levels.ts'

// Years of two digits are left out: a wrong century is worse than a column that is not mapped.
const ordered = ['/', '.', '-'].flatMap(mark => [`%d${mark}%m${mark}%Y`, `%m${mark}%d${mark}%Y`])
const dates: readonly string[] = [
  ...ordered,
  '%Y/%m/%d',
  '%Y.%m.%d',
  '%Y%m%d',
  '%d%m%Y',
  '%m%d%Y',
  '%d-%b-%Y',
  '%d %b %Y',
  '%d %B %Y',
  '%b %d %Y',
  '%b %d, %Y',
  '%B %d, %Y',
]
const times: readonly string[] = ['%H:%M:%S', '%H:%M', '%I:%M:%S %p', '%I:%M %p', '%H:%M:%S.%f']
const moments: readonly string[] = dates.flatMap(date => times.map(time => `${date} ${time}`))
/** A date column may be delivered with a time that the contract of a date does not take. */
const isoMoments: readonly string[] = ['T', ' '].flatMap(mark => times.map(time => `%Y-%m-%d${mark}${time}`))

/** Other years are not dates of patients, but numbers that a format takes by chance. */
const sensible = 'between 1850 and 2200'
/** Names of columns that may show the order of day and month for another one. */
const datedNames = /date|time|dob|birth|born|start|stop|end|_at$|_on$/i
/** Columns of a sample that are asked for it. */
const mostOthers = 20

/**
 * Finds the formats of the dates in a column: the one that most values have, and one more of the same order if the others
 * have it. Where day and month can be exchanged in every value, other dates of the same records decide; without any, the
 * day is first, and {@link DateReading.other} has the other format.
 *
 * @returns undefined for a column of another type, or if no value has a known format
 */
export async function dateReadingOf(
  duckdb: DuckDB,
  place: ColumnPlace,
  target: ContractColumn,
): Promise<DateReading | undefined> {
  const { kind } = target.type
  if (kind !== 'date' && kind !== 'timestamp') return undefined
  const known = kind === 'date' ? [...dates, ...moments, ...isoMoments] : moments
  const counts = await parsedBy(duckdb, place, known, undefined)
  const countOf = (format: string): number => counts[known.indexOf(format)] ?? 0
  const likely = known.reduce((best, one) => (countOf(one) > countOf(best) ? one : best))
  if (countOf(likely) === 0) return undefined
  const swapped = exchanged(likely)
  // A date with dots has its day first wherever it is written.
  const isOpen = swapped !== likely && countOf(swapped) === countOf(likely) && !/%d[.]%m/.test(likely)
  const shown = isOpen ? await orderIn(duckdb, place, likely) : 'first'
  const first = shown === 'second' ? swapped : likely
  const same = known.filter(one => one !== first && datePart(one) === datePart(first))
  const rest = await parsedBy(duckdb, place, same, first)
  const second = same[rest.indexOf(Math.max(0, ...rest))]
  const hasSecond = second !== undefined && Math.max(0, ...rest) > 0
  const formats = hasSecond ? [first, second] : [first]
  const fraction = formats.some(format => format.endsWith('%f')) ? '.%f' : ''
  return {
    kind: 'date',
    formats,
    form: kind === 'date' ? '%Y-%m-%d' : `%Y-%m-%dT%H:%M:%S${fraction}`,
    other: isOpen && shown === undefined ? swapped : undefined,
  }
}

const datePart = (format: string): string => format.split(/[T ]%[HI]/)[0] ?? format

const exchanged = (format: string): string =>
  format.replace(/%([dm])(.?)%([dm])/, (_, one: string, mark: string, other: string) => `%${other}${mark}%${one}`)

/** For each format the number of values that have it, and have not the one that is `without`. */
async function parsedBy(
  duckdb: DuckDB,
  place: ColumnPlace,
  formats: readonly string[],
  without: string | undefined,
): Promise<readonly number[]> {
  const { ctes, values } = valuesOf(place, 'is')
  const has = (format: string): string =>
    `coalesce(year(try_strptime(raw, ${quoteConstant(format)})) ${sensible}, false)`
  const others = without === undefined ? '' : ` where not ${has(without)}`
  const counts = formats.map((format, index) => `count(*) filter (where ${has(format)}) as f${index}`)
  const [row] = await duckdb.rows(`${withSql(ctes)}select ${counts.join(', ')} from (${values})${others}`)
  return formats.map((_, index) => Number(row?.[`f${index}`] ?? 0))
}

/** Where other dates of the same records have the number that is over 12; undefined if none has one, or both do. */
async function orderIn(
  duckdb: DuckDB,
  { sql, level, column }: ColumnPlace,
  format: string,
): Promise<'first' | 'second' | undefined> {
  const mark = /%[dm](\D?)%/.exec(format)?.[1] ?? ''
  const [day, any] = ['(?:1[3-9]|2[0-9]|3[01])', '[0-9]{1,2}']
  const escaped = mark === '' ? '' : `[${mark}]`
  const isFirst = `^${day}${escaped}${any}${escaped}[0-9]{4}`
  const isSecond = `^${any}${escaped}${day}${escaped}[0-9]{4}`
  const others = mark === '' ? [] : level.columns.filter(one => one !== column && datedNames.test(one.name))
  const counts = { first: 0, second: 0 }
  for (const other of others.slice(0, mostOthers)) {
    const found = await matches(duckdb, { sql, level, column: other }, [isFirst, isSecond])
    counts.first += found[0] ?? 0
    counts.second += found[1] ?? 0
  }
  if (counts.first > 0 === counts.second > 0) return undefined
  const dayIs = counts.first > 0 ? '%d' : '%m'
  return format.startsWith(dayIs) ? 'first' : 'second'
}

async function matches(
  duckdb: DuckDB,
  place: ColumnPlace & { readonly column: SourceColumn },
  patterns: readonly string[],
): Promise<readonly number[]> {
  const { ctes, values } = valuesOf(place, 'is')
  const counts = patterns.map(
    (pattern, index) => `count(*) filter (where regexp_matches(raw, ${quoteConstant(pattern)})) as f${index}`,
  )
  const [row] = await duckdb.rows(`${withSql(ctes)}select ${counts.join(', ')} from (${values})`)
  return patterns.map((_, index) => Number(row?.[`f${index}`] ?? 0))
}
