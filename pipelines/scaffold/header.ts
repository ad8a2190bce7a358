import { countText } from '../platform/count-text.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { UsageError } from '../platform/errors.ts'
import { quoteConstant, quoteIdent } from '../platform/sql.ts'
import { detectHeaderless, uniformLayout } from './headerless-file.ts'
import { columnSynonyms, plainName } from './synonyms.ts'

const csvFormat = 'Caseload reads CSV with a header line, separated by comma, semicolon, tab or |.'

/**
 * Refuses a first line that is not a header, judged by the line alone. The values of a data line would end up in the
 * code and the messages of the source.
 *
 * @param names the fields of the first line
 * @param file the file's name, for the message
 * @throws UsageError that contains none of the names
 */
export function requireNames(names: readonly string[], file: string): void {
  const headerless = detectHeaderless(names)
  if (headerless !== undefined) {
    const { found, format } = headerless
    const looks = format === undefined ? '' : ` It looks like ${format}.`
    throw new UsageError(`Expected column names in the first line of ${file}, found ${found}.${looks} ${csvFormat}`)
  }
}

/**
 * Refuses a column without a name that holds a value. Excel writes empty ones at the end of its lines.
 *
 * @param nameless positions from 0
 * @param records of the file in blocks, without the header
 * @throws UsageError with the numbers of the columns
 */
export async function requireNoValues(
  nameless: readonly number[],
  records: AsyncIterable<readonly (readonly string[])[]>,
  file: string,
): Promise<void> {
  if (nameless.length === 0) return
  const filled = new Set<number>()
  for await (const block of records) {
    for (const record of block) {
      for (const index of nameless) if ((record[index] ?? '').trim() !== '') filled.add(index + 1)
    }
  }
  if (filled.size === 0) return
  const columns = [...filled].sort((a, b) => a - b).join(', ')
  throw new UsageError(
    `Expected a name for each column of ${file} that holds a value, found none for column ${columns}. Name every column in the ` +
      'header line.',
  )
}

/**
 * Refuses a file of one column whose first line has the same layout as all other lines.
 *
 * @param lines the first line and those below it
 * @param file the file's name, for the message
 * @throws UsageError that contains none of the lines
 */
export function requireColumn(lines: readonly string[], file: string): void {
  const format = uniformLayout(lines)
  if (format === undefined) return
  throw new UsageError(
    `Expected a column name in the first line of ${file}, found a line with the same layout as the lines below it. It looks ` +
      `like ${format}. ${csvFormat}`,
  )
}

const knownNames = new Set(
  Object.entries(columnSynonyms).flatMap(([column, { strong, weak = [], last = [] }]) =>
    [column, ...strong, ...weak, ...last].map(plainName),
  ),
)

/**
 * Refuses a header that contains a name twice. The message shows the name only if it is certainly a name: a known
 * synonym of a column, in a header none of whose names occurs as a value below.
 *
 * @param records of the file in blocks, without the header; read only if a name occurs twice
 * @param file the file's name, for the message
 * @throws UsageError with the numbers of both columns
 */
export async function requireUniqueHeaders(
  names: readonly string[],
  records: () => AsyncIterable<readonly (readonly string[])[]>,
  file: string,
): Promise<void> {
  const again = names.findIndex((name, index) => names.indexOf(name) !== index)
  const name = names[again]
  if (name === undefined) return
  const repeated = new Set<number>()
  for await (const block of records()) {
    for (const record of block) {
      for (const [index, value] of record.entries()) if (folded(value) === folded(names[index])) repeated.add(index)
    }
  }
  requireHeader({ repeated: repeated.size, alike: 0 }, file)
  const shown = knownNames.has(plainName(name)) ? `, ${JSON.stringify(name)},` : ''
  throw new UsageError(
    `Expected each column name once in the first line of ${file}, found the name of column ${names.indexOf(name) + 1}${shown} ` +
      `again in column ${again + 1}. Rename one of them in the sample, and make the feed use the new name.`,
  )
}

const folded = (text: string | undefined): string | undefined => text?.trim().toLowerCase()

/** How many names of a header look like values of the records below it. */
export interface DoubtfulNames {
  /** Names that also occur as values of their own columns. */
  readonly repeated: number
  /** Names with a digit, of the same form as most values of their columns, such as `P-17` above `P-18` and `P-20`. */
  readonly alike: number
}

/**
 * Refuses a first line that the records below it show to be a record.
 *
 * @param doubtful the result of {@link doubtfulNames}
 * @param file the file's name, for the message
 * @throws UsageError that contains none of the names
 */
export function requireHeader({ repeated, alike }: DoubtfulNames, file: string): void {
  if (repeated > 0) {
    const which = repeated === 1 ? 'occurs as a value of its column' : 'occur as values of their columns'
    throw new UsageError(
      `Expected column names in the first line of ${file}, found ${countText(repeated, 'name')} that also ${which}. Caseload ` +
        'reads CSV with one header line: put one above the records, and remove those between records.',
    )
  }
  if (alike === 0) return
  throw new UsageError(
    `Expected column names in the first line of ${file}, found ${countText(alike, 'name')} of the same form as the values ` +
      `of ${alike === 1 ? 'its column' : 'their columns'}. Caseload reads CSV with a header line: put one above the records. ` +
      'If the line is a header, rename these columns in the sample, and write their real names into the class afterwards.',
  )
}

/**
 * Compares the names of columns with their values.
 *
 * @param relation of the sample, with text in every column
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
    // More than half of the values that are not empty: `count` skips null.
    const alike = `count(*) filter (where ${form(value)} = ${form(name)}) > count(nullif(${value}, '')) / 2 as a${index}`
    return [repeated, alike]
  })
  const [found] = await duckdb.rows(`select ${counts.join(', ')} from ${quoteIdent(relation)}`)
  const count = (kind: 'r' | 'a'): number => columns.filter((_, index) => found?.[`${kind}${index}`] === true).length
  return { repeated: count('r'), alike: count('a') }
}

/**
 * DuckDB expression of the form of a text: `Aa-9` of `Ab-123`. Letters and their case count one by one, since `icd10`
 * is not of the form of `E11`; digits count as one number, since `P-9` is followed by `P-10`.
 */
const form = (text: string): string =>
  `regexp_replace(regexp_replace(regexp_replace(${text}, '[0-9]+', '9', 'g'), '\\p{Lu}', 'A', 'g'), '[\\p{Ll}\\p{Lt}\\p{Lm}\\p{Lo}]', 'a', 'g')`
