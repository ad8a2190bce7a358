import type { DuckDB } from '../platform/duckdb.ts'
import { UsageError } from '../platform/errors.ts'
import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import { detectHeaderless, uniformLayout } from './headerless-file.ts'

/** How many names of a header look like values of the records below it. */
export interface DoubtfulNames {
  /** Names that come again as values of their own columns. */
  readonly repeated: number
  /** Names with a digit, of the form that most values of their columns have, such as `P-17` above `P-18` and `P-20`. */
  readonly alike: number
}

/**
 * Refuses a first line that is no header by itself. A line of values would put them into the names of the source, and into
 * its messages.
 *
 * @param names the fields of the first line
 * @param file the file's name, for the message
 * @throws UsageError that holds none of the names
 */
export function requireNames(names: readonly string[], file: string): void {
  const no = detectHeaderless(names)
  if (no !== undefined) {
    const looks = no.format === undefined ? '' : ` It looks like ${no.format}.`
    throw new UsageError(`Expected names in the first line of ${file}, found ${no.found}.${looks} ${whatIsRead}`)
  }
  const unnamed = names.flatMap((name, index) => (name.trim() === '' ? [index + 1] : []))
  if (unnamed.length > 0) {
    throw new UsageError(`Expected a name for each column of ${file}, found none for column ${unnamed.join(', ')}.`)
  }
}

const whatIsRead = 'Caseload reads CSV with a header line, separated by comma, semicolon, tab or |.'

/**
 * Refuses a file of one column whose first line is made as all its lines are.
 *
 * @param lines the first line and those below it
 * @param file the file's name, for the message
 * @throws UsageError that holds none of the lines
 */
export function requireColumn(lines: readonly string[], file: string): void {
  const format = uniformLayout(lines)
  if (format === undefined) return
  throw new UsageError(
    `Expected a name in the first line of ${file}, found a line that is made as those below it are. It looks like ${format}. ${whatIsRead}`,
  )
}

/**
 * Refuses a first line that its records show to be one of them.
 *
 * @param doubtful what {@link doubtfulNames} found
 * @param file the file's name, for the message
 * @throws UsageError that holds none of the names
 */
export function requireHeader({ repeated, alike }: DoubtfulNames, file: string): void {
  if (repeated > 0) {
    throw new UsageError(
      `Expected names in the first line of ${file}, found ${repeated} of them again as values of their columns. Caseload reads ` +
        'CSV with a header line; files that were put together have only the first.',
    )
  }
  if (alike === 0) return
  throw new UsageError(
    `Expected names in the first line of ${file}, found ${alike} of the form that the values of their columns have. Caseload reads ` +
      'CSV with a header line: put one before the records. If this line is one, give the sample other names for these ' +
      'columns, and the class theirs.',
  )
}

/**
 * Holds the names of columns against their values.
 *
 * @param relation of the sample, with texts in all of the columns
 */
export async function doubtfulNames(
  duckdb: DuckDB,
  relation: string,
  columns: readonly string[],
): Promise<DoubtfulNames> {
  const found: DoubtfulNames[] = []
  for (let from = 0; from < columns.length; from += columnsAtOnce) {
    found.push(await doubtfulAmong(duckdb, relation, columns.slice(from, from + columnsAtOnce)))
  }
  return {
    repeated: found.reduce((sum, one) => sum + one.repeated, 0),
    alike: found.reduce((sum, one) => sum + one.alike, 0),
  }
}

/** One statement for 3,001 columns needed more than 256 MB. */
const columnsAtOnce = 100

async function doubtfulAmong(duckdb: DuckDB, relation: string, columns: readonly string[]): Promise<DoubtfulNames> {
  const counts = columns.flatMap((column, index) => {
    const value = `trim(${quoteIdent(column)})`
    const name = `trim(${quoteConstant(column)})`
    const repeated = `count(*) filter (where lower(${value}) = lower(${name})) > 0 as r${index}`
    if (!/[0-9]/.test(column)) return [repeated]
    // Half of the values that are there: `count` does not count null.
    const alike = `count(*) filter (where ${form(value)} = ${form(name)}) > count(nullif(${value}, '')) / 2 as a${index}`
    return [repeated, alike]
  })
  const [found] = await duckdb.rows(`select ${counts.join(', ')} from ${quoteIdent(relation)}`)
  const count = (kind: 'r' | 'a'): number => columns.filter((_, index) => found?.[`${kind}${index}`] === true).length
  return { repeated: count('r'), alike: count('a') }
}

/**
 * DuckDB expression of the form of a text: `Aa-9` of `Ab-123`. Each letter counts, since `icd10` is no `E11`, and so does its
 * case; a number is one however many digits it has, since `P-9` is followed by `P-10`.
 */
const form = (text: string): string =>
  `regexp_replace(regexp_replace(regexp_replace(${text}, '[0-9]+', '9', 'g'), '\\p{Lu}', 'A', 'g'), '[\\p{Ll}\\p{Lt}\\p{Lm}\\p{Lo}]', 'a', 'g')`
