import { Command, Option } from 'commander'
import { DatabaseError, UsageError } from '../../platform/errors.ts'
import { breakOff, describeServerError, errorCode, isServerError, type Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { readTextFile } from '../../platform/text-file.ts'
import { leftOutWords, userPath } from '../../platform/user-path.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, withCommonFlags, withSession } from './with-target.ts'
import { queryCsv, queryJson, type QueryRows, queryTable } from './query-output.ts'

interface SqlFlags extends CommonFlags {
  readonly file?: string
  readonly json?: boolean
  readonly csv?: boolean
}

/** `caseload sql [query]` */
export function sqlCommand(): Command {
  return withCommonFlags(new Command('sql'))
    .description('Run a query and print its rows. Schemas clinical, store and caseload need not be named.')
    .argument('[query]', 'one or more statements; the rows of the last are printed')
    .option('-f, --file <file>', 'read the query from a file')
    .addOption(new Option('--json', 'print one JSON array of row objects').conflicts('csv'))
    .option('--csv', 'print CSV with a header; what "copy ... to stdout" gives is printed as it comes')
    .addHelpText(
      'after',
      `
Examples:
  caseload sql "select * from patient_treatment_summary where treatments_drug = 'Metformin'"
  caseload sql --csv -f report.sql`,
    )
    .action(async (query: string | undefined, flags: SqlFlags) => {
      const rows = await execute(queryText(query, flags.file), flags)
      const print = flags.json === true ? queryJson : flags.csv === true ? queryCsv : queryTable
      if (rows !== undefined) process.stdout.write(print(rows))
    })
}

function queryText(query: string | undefined, file: string | undefined): string {
  if (query !== undefined && file === undefined) return query
  if (query !== undefined) throw new UsageError('Expected a query or -f, not both.')
  if (file === undefined) throw new UsageError('Expected a query, or -f and a file that holds one.')
  try {
    return readTextFile(file)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`Expected a query in ${file}; the file cannot be read.`)
  }
}

/** @returns the rows of the last statement; undefined where it was a COPY, whose rows are printed already */
async function execute(text: string, flags: SqlFlags): Promise<QueryRows | undefined> {
  return withSession(flags, async session => {
    // A question is its asker's, and so are the limits that were set for it.
    await session.query(readSql('sql/statements/cli/own_time_limits.sql'))
    const { path, leftOut } = await userPath(session)
    await session.query(`select set_config('search_path', $1, false)`, [path])
    if (leftOut.length > 0) commandLog(flags).warn('sql', leftOutWords(leftOut))
    const copied = printCopies(session, flags)
    try {
      const types = { getTypeParser: () => (value: string) => value }
      const answer: unknown = await session.query({ text, rowMode: 'array', types })
      // The rows of a short COPY come in one packet with its end.
      if (copied.refused) throw noJson()
      // Several statements give a list of results.
      const last = (Array.isArray(answer) ? answer.at(-1) : answer) as {
        command: string
        fields: readonly { name: string; dataTypeID: number }[]
        rows: (string | null)[][]
      }
      if (copied.any && last.command === 'COPY') return undefined
      return { columns: last.fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })), rows: last.rows }
    } catch (error) {
      if (copied.refused) throw noJson()
      // Such as `| head -1`.
      if (copied.unread) return undefined
      throw isServerError(error) ? new DatabaseError(`The query failed: ${spoken(error)}`, { cause: error }) : error
    }
  })
}

const noJson = (): UsageError =>
  new UsageError('Expected a query for --json; "copy ... to stdout" has a form of its own. Leave --json out.')

/** What COPY statements of a query did. */
interface Copies {
  /** One sent rows. */
  readonly any: boolean
  /** It did under --json. */
  readonly refused: boolean
  /** The reader of standard output is gone. */
  readonly unread: boolean
}

/**
 * Prints what `copy ... to stdout` sends as it comes: the driver's own query throws it away. It is no JSON, so with --json
 * the session is broken off before anything is committed.
 */
function printCopies(session: Session, { json }: SqlFlags): Copies {
  const seen = { any: false, refused: false, unread: false }
  const { connection } = session
  process.stdout.once('error', () => {
    seen.unread = true
    if (seen.any) breakOff(session)
  })
  connection.on('copyOutResponse', () => {
    seen.any = true
    seen.refused = json === true
    if (seen.refused) breakOff(session)
  })
  let paused = false
  process.stdout.on('drain', () => {
    paused = false
    connection.stream.resume()
  })
  connection.on('copyData', ({ chunk }: { readonly chunk: Buffer }) => {
    // The driver uses the memory of a message again.
    if (seen.refused || seen.unread || process.stdout.write(Buffer.from(chunk)) || paused) return
    paused = true
    connection.stream.pause()
  })
  return seen
}

/** Syntax, names, rights, dependencies, transactions, resources, and a division by zero: messages without a row's values. */
const aboutTheQuery = /^(42|2B|0A|25|53|54|55|57|22012)/

/** What may be said of an error: one about data (most of class 22 and 23) can hold a row's values and is not repeated. */
function spoken(error: unknown): string {
  const code = errorCode(error)
  const harmless = code !== undefined && aboutTheQuery.test(code) && error instanceof Error
  return harmless ? `${error.message} (SQLSTATE ${code}).` : `${describeServerError(error)}.`
}
