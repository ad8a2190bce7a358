import { Command, Option } from 'commander'
import { DatabaseError, UsageError } from '../../platform/errors.ts'
import { breakOff, type Session } from '../../platform/postgres.ts'
import { describeServerError, errorCode, insufficientPrivilege, isServerError } from '../../platform/server-error.ts'
import { refusal } from '../../platform/refusals.ts'
import { readSql } from '../../platform/sql.ts'
import { readTextFile } from '../../platform/text-file.ts'
import { leftOutWords, userPath } from '../../platform/user-path.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { withSession } from './with-target.ts'
import { queryCsv, queryJson, type QueryRows, queryTable } from './query-output.ts'

interface SqlFlags extends CommonFlags {
  readonly file?: string
  readonly json?: boolean
  readonly csv?: boolean
  readonly write?: boolean
}

/** `caseload sql [query]` */
export function sqlCommand(): Command {
  return withCommonFlags(new Command('sql'))
    .description(
      'Run a query and print its rows. It only reads, unless you give --write. The search path includes the schemas clinical, ' +
        'store and caseload.',
    )
    .argument('[query]', 'one or more statements; prints the rows of the last one')
    .option('-f, --file <file>', 'read the query from a file')
    .addOption(new Option('--json', 'print one JSON array of row objects').conflicts('csv'))
    .option('--csv', 'print CSV with a header; the output of "copy ... to stdout" is printed unchanged')
    .option(
      '--write',
      'let the query write; what it writes to published rows is in no run, and status and check do not see it',
    )
    .addHelpText(
      'after',
      `
Examples:
  caseload sql "select * from patient_treatment_summary where treatments_drug = 'Metformin'"
  caseload sql --csv -f report.sql
  caseload sql --write "create view public.metformin as select * from medicine_per_patient where drug = 'Metformin'"`,
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

/** @returns the rows of the last statement; undefined after a COPY, whose rows are printed already */
async function execute(text: string, flags: SqlFlags): Promise<QueryRows | undefined> {
  const isWriting = flags.write === true
  return withSession(flags, isWriting ? 'writes' : 'reads', async session => {
    if (!isWriting) await session.query(readSql('sql/statements/cli/only_read.sql'))
    // The time limits of the user's role apply to the user's query.
    await session.query(readSql('sql/statements/cli/own_time_limits.sql'))
    const { path, leftOut } = await userPath(session)
    await session.query(`select set_config('search_path', $1, false)`, [path])
    if (leftOut.length > 0) commandLog(flags).warn('sql', leftOutWords(leftOut))
    const copied = printCopies(session, flags)
    try {
      const types = { getTypeParser: () => (value: string) => value }
      const answer: unknown = await session.query({ text, rowMode: 'array', types })
      // The rows of a short COPY arrive in one packet with its end.
      if (copied.refused) throw copyAsJson()
      // Several statements return a list of results.
      const last = (Array.isArray(answer) ? answer.at(-1) : answer) as {
        command: string
        fields: readonly { name: string; dataTypeID: number }[]
        rows: (string | null)[][]
        rowCount: number | null
      }
      if (copied.any && last.command === 'COPY') return undefined
      const columns = last.fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }))
      const isQuery = columns.length > 0 || last.command === 'SELECT'
      return { columns, rows: last.rows, written: isQuery ? undefined : last.rowCount }
    } catch (error) {
      if (copied.refused) throw copyAsJson()
      // The reader closed the pipe, as `| head -1` does.
      if (copied.unread) return undefined
      if (errorCode(error) === onlyReads) throw isWriting ? refusal(error) : writeRefused(error)
      // The command explains a missing right.
      if (errorCode(error) === insufficientPrivilege) throw error
      throw isServerError(error)
        ? new DatabaseError(`The query failed: ${safeMessage(error)}`, { cause: error })
        : error
    }
  })
}

/** SQLSTATE of a write in a transaction that only reads. */
const onlyReads = '25006'

const writeRefused = (error: unknown): UsageError =>
  new UsageError(
    `Expected a query that only reads, found a write: ${safeMessage(error)} To let it write, run it again with --write.`,
    { cause: error },
  )

const copyAsJson = (): UsageError =>
  new UsageError('Expected a query for --json, found "copy ... to stdout", which has its own format. Leave --json out.')

/** What the COPY statements of a query did. */
interface Copies {
  /** A COPY sent rows. */
  readonly any: boolean
  /** A COPY sent rows despite --json. */
  readonly refused: boolean
  /** The reader of standard output closed it. */
  readonly unread: boolean
}

/**
 * Prints what `copy ... to stdout` sends, which the driver's own query discards. It is not JSON, so with --json the session is
 * broken off before anything is committed.
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
    // The driver reuses the memory of a message.
    if (seen.refused || seen.unread || process.stdout.write(Buffer.from(chunk)) || paused) return
    paused = true
    connection.stream.pause()
  })
  return seen
}

/** SQLSTATE of errors in syntax, names, rights, dependencies, transactions, resources, and of a division by zero: their messages hold no values of rows. */
const harmlessCodes = /^(42|2B|0A|25|53|54|55|57|22012)/

/** The message of an error, unless it can hold values of rows, as most of class 22 and 23 can. */
function safeMessage(error: unknown): string {
  const code = errorCode(error)
  const harmless = code !== undefined && harmlessCodes.test(code) && error instanceof Error
  return harmless ? `${error.message} (SQLSTATE ${code}).` : `${describeServerError(error)}.`
}
