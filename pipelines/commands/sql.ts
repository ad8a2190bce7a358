import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { stringify } from 'csv-stringify/sync'
import { DatabaseError, UsageError } from '../errors.ts'
import { describeServerError, errorCode, isServerError } from '../postgres.ts'
import { readSql } from '../sql.ts'
import { cellText, textTable } from '../text-table.ts'
import { type CommonFlags, printJson, withCommonFlags, withSession } from './common.ts'

interface SqlFlags extends CommonFlags {
  readonly file?: string
  readonly json?: boolean
  readonly csv?: boolean
}

interface QueryResult {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly unknown[])[]
}

/** `caseload sql [query]` */
export function sqlCommand(): Command {
  return withCommonFlags(new Command('sql'))
    .description('Run a query and print its rows. Schemas clinical, store and caseload need not be named.')
    .argument('[query]', 'one or more statements; the rows of the last are printed')
    .option('-f, --file <file>', 'read the query from a file')
    .addOption(new Option('--json', 'print one JSON array of row objects').conflicts('csv'))
    .option('--csv', 'print CSV with a header')
    .addHelpText(
      'after',
      `
Examples:
  caseload sql "select * from patient_treatment_summary where treatments_drug = 'Metformin'"
  caseload sql --csv -f report.sql`,
    )
    .action(async (query: string | undefined, flags: SqlFlags) => {
      print(await execute(queryText(query, flags.file), flags), flags)
    })
}

function queryText(query: string | undefined, file: string | undefined): string {
  if (query !== undefined && file === undefined) return query
  if (query !== undefined) throw new UsageError('Expected a query or -f, not both.')
  if (file === undefined) throw new UsageError('Expected a query, or -f and a file that holds one.')
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new UsageError(`Expected a query in ${file}; the file cannot be read.`)
  }
}

async function execute(text: string, flags: CommonFlags): Promise<QueryResult> {
  return withSession(flags, async session => {
    // A question is its asker's, and so are the limits that were set for it.
    await session.query(readSql('sql/statements/own_time_limits.sql'))
    try {
      const answer: unknown = await session.query({ text, rowMode: 'array' })
      // Several statements give a list of results.
      const last = (Array.isArray(answer) ? answer.at(-1) : answer) as {
        fields: readonly { name: string }[]
        rows: unknown[][]
      }
      return { columns: last.fields.map(field => field.name), rows: last.rows }
    } catch (error) {
      throw isServerError(error) ? new DatabaseError(`The query failed: ${spoken(error)}`, { cause: error }) : error
    }
  })
}

/** Syntax, names, rights, dependencies, transactions, resources, and a division by zero: messages without a row's values. */
const aboutTheQuery = /^(42|2B|0A|25|53|54|55|57|22012)/

/** What may be said of an error: one about data (most of class 22 and 23) can hold a row's values and is not repeated. */
function spoken(error: unknown): string {
  const code = errorCode(error)
  const harmless = code !== undefined && aboutTheQuery.test(code) && error instanceof Error
  return harmless ? `${error.message} (SQLSTATE ${code}).` : `${describeServerError(error)}.`
}

function print({ columns, rows }: QueryResult, flags: SqlFlags): void {
  if (flags.json === true) printJson(rows.map(row => Object.fromEntries(columns.map((name, i) => [name, row[i]]))))
  else if (flags.csv === true) process.stdout.write(stringify([columns, ...rows.map(row => row.map(cellText))]))
  else {
    const shown = columns.flatMap((_, i) => (rows.length === 0 || rows.some(row => row[i] !== null) ? [i] : []))
    const pick = <T>(row: readonly T[]): T[] => row.filter((_, i) => shown.includes(i))
    process.stdout.write(textTable(pick(columns), rows.map(pick)))
    const empty = columns.length - shown.length
    const hidden = empty === 0 ? '' : `; not shown: ${empty} ${empty === 1 ? 'column' : 'columns'} without a value`
    process.stdout.write(`(${rows.length} ${rows.length === 1 ? 'row' : 'rows'}${hidden})\n`)
  }
}
