import type { ContractColumn } from '../contract/contract.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { quoteConstant } from '../platform/sql.ts'
import { type ColumnPlace, valuesOf, withSql } from './column-fit.ts'

/**
 * What the commas in the numbers of a column mean. `decimal`: each number is whole or has one comma, and a comma of the sample
 * cannot stand between thousands. `open`: every comma may stand before decimals or between thousands. `mixed`: other numbers have
 * a point, or several commas. `none`: no number has a comma.
 */
export type Commas = 'decimal' | 'open' | 'mixed' | 'none'

/** True for a column of a table that takes numbers. */
export const takesNumbers = ({ type }: ContractColumn): boolean => ['decimal', 'integer', 'bigint'].includes(type.kind)

const forms = {
  number: '[-+]?[0-9][0-9.,]*',
  whole: '[-+]?[0-9]+',
  oneComma: '[-+]?[0-9]+,[0-9]+',
  thousands: '[-+]?[1-9][0-9]{0,2}(?:,[0-9]{3})+',
  anyComma: '[-+]?[0-9][0-9.]*,[0-9.,]*',
} as const

/** Counts the forms of the numbers in a column; its words do not matter. */
export async function commasOf(duckdb: DuckDB, place: ColumnPlace): Promise<Commas> {
  const { ctes, values } = valuesOf(place, 'is')
  const counts = Object.entries(forms).map(
    ([name, form]) => `count(*) filter (where regexp_full_match(trim(raw), ${quoteConstant(form)})) as ${name}`,
  )
  const [row = {}] = await duckdb.rows(`${withSql(ctes)}select ${counts.join(', ')} from (${values})`)
  const count = (name: keyof typeof forms): number => Number(row[name] ?? 0)
  if (count('anyComma') === 0) return 'none'
  if (count('thousands') === count('anyComma')) return 'open'
  if (count('whole') + count('oneComma') < count('number')) return 'mixed'
  return 'decimal'
}

/** What a reader of the SELECT has to know about the commas of a column, without a value. */
export function commaWords(name: string, commas: Commas): string | undefined {
  switch (commas) {
    case 'decimal':
      return `${name} is read with a decimal comma, which the numbers of the sample have`
    case 'open':
      return `${name} has commas that may stand before decimals or between thousands, and is left as it is`
    case 'mixed':
      return `${name} has numbers with a comma beside numbers of another form, and is left as it is`
    case 'none':
      return undefined
  }
}
