import { columnPredicates } from '../check/predicates.ts'
import { wordsOf } from '../contract/column-checks.ts'
import { type ContractColumn, isIdentifier } from '../contract/contract.ts'
import { cleanIdentifierSql } from '../contract/identifier.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { quoteConstant } from '../platform/sql.ts'
import { type Reading, readingSql } from './mapping.ts'
import type { LevelSql, NestingLevel, SourceColumn } from './nesting-levels.ts'

/** Maximum number of values of a column that are checked. */
const lookedAt = 5000
/** Maximum share of bad values: a feed has errors, which the contract finds; a column of another kind has little else. */
const mostMisfits = 0.25

/** Names of data types in feeds, lower-case: plain words, those of FHIR, and those of HL7's OBX-2. */
const dataTypes =
  'numeric number num integer int float decimal double text string str char boolean bool date datetime time coded code ' +
  'quantity codeableconcept range ratio nm st tx ft ce cwe sn dt tm ts'

/** A column of the sample, and the SQL to read it. */
export interface ColumnPlace {
  readonly sql: LevelSql
  readonly level: NestingLevel
  readonly column: SourceColumn
}

/**
 * Checks the values of a column against the contract of a column of a table.
 *
 * @returns undefined if at most a quarter of them break it, else the most frequent fault
 */
export async function misfitOf(
  duckdb: DuckDB,
  place: ColumnPlace,
  target: ContractColumn,
  as: Reading,
): Promise<string | undefined> {
  const { ctes, values } = valuesOf(place, as)
  const predicates = columnPredicates(target, 'raw', { zone: 'UTC', mayHoldNul: true })
  const clean = isIdentifier(target) ? `select ${cleanIdentifierSql('raw')} as raw from (${values})` : values
  // What is no reference to the resource is null.
  const missing = typeof as === 'object' ? [`when raw is null then ${predicates.length}`] : []
  const cases = [...missing, ...predicates.map(({ broken }, index) => `when ${broken} then ${index}`)]
  const verdict = `case ${cases.join(' ')} else -1 end`
  const rows = await duckdb.rows(
    `${withSql(ctes)}select ${verdict} as verdict, count(*) as rows from (${clean}) group by 1 order by 2 desc`,
  )
  const all = rows.reduce((sum, row) => sum + Number(row['rows']), 0)
  const bad = rows.filter(row => Number(row['verdict']) >= 0)
  const broken = bad.reduce((sum, row) => sum + Number(row['rows']), 0)
  if (broken <= all * mostMisfits) return undefined
  if (typeof as === 'object' && Number(bad[0]?.['verdict']) === predicates.length) return 'holds no such reference'
  const rule = predicates[Number(bad[0]?.['verdict'])]?.rule
  const check = target.checks.find(one => one.rule === rule)
  return check === undefined ? 'breaks the contract' : wordsOf(check)
}

/**
 * Finds a column, often called `type`, that says whether a value is a number or a text, while another column says what
 * was measured. As the type of a reading it would merge several readings of one moment.
 *
 * @returns undefined, or the fault as a phrase after the name of the table's column
 */
export async function dataTypeFault(duckdb: DuckDB, place: ColumnPlace): Promise<string | undefined> {
  const { ctes, values } = valuesOf(place, 'is')
  const types = dataTypes.split(' ').map(quoteConstant).join(', ')
  const found = await duckdb.rows(
    `${withSql(ctes)}select 1 from (${values}) having count(*) > 0 and bool_and(lower(trim(raw)) in (${types}))`,
  )
  return found.length > 0 ? 'says whether a value is a number, not what was measured' : undefined
}

/** A SELECT of the values that are not empty, as `raw`. */
export function valuesOf(
  { sql, level, column }: ColumnPlace,
  as: Reading,
): { readonly ctes: readonly string[]; readonly values: string } {
  const raw = sql.column(level, column)
  const { ctes, from } = sql.reach(level, [], [])
  const values = `select ${readingSql(raw, as)} as raw from ${from} where coalesce(${raw}, '') <> '' limit ${lookedAt}`
  return { ctes, values }
}

/** The WITH clause of some CTEs, or nothing. */
export const withSql = (ctes: readonly string[]): string => (ctes.length === 0 ? '' : `with ${ctes.join(', ')} `)
