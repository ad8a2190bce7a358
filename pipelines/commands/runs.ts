import { Command, InvalidArgumentError } from 'commander'
import { parseDate, parseSource } from '../batch.ts'
import { isMigrated, migrate } from '../ledger/migrate.ts'
import { readSql } from '../sql.ts'
import { textTable } from '../text-table.ts'
import { type CommonFlags, printJson, withCommonFlags, withSession } from './common.ts'

interface RunsFlags extends CommonFlags {
  readonly limit: number
  readonly json?: boolean
}

const columns = [
  'run_id',
  'source',
  'batch_date',
  'status',
  'started_at',
  'ended_at',
  'rows',
  'error_class',
  'error_message',
]

/** `caseload runs [source] [date]` */
export function runsCommand(): Command {
  return withCommonFlags(new Command('runs'))
    .description('List runs, the newest first, however they ended.')
    .argument('[source]', 'only runs of this source')
    .argument('[date]', 'only runs of this day')
    .option('--limit <n>', 'at most so many', wholeNumber, 20)
    .option('--json', 'print one JSON array')
    .addHelpText('after', '\nExamples:\n  caseload runs\n  caseload runs source_a 2023-05-01 --json')
    .action(async (source: string | undefined, date: string | undefined, flags: RunsFlags) => {
      const filter = [
        source === undefined ? null : parseSource(source),
        date === undefined ? null : parseDate(date),
        flags.limit,
      ]
      const rows = await withSession(flags, async session => {
        if (!(await isMigrated(session))) await migrate(session)
        const found = await session.query<Record<string, unknown>>(readSql('sql/statements/list_runs.sql'), filter)
        return found.rows
      })
      if (flags.json === true) printJson(rows)
      else
        process.stdout.write(
          textTable(
            columns,
            rows.map(row => columns.map(column => row[column])),
          ),
        )
    })
}

function wholeNumber(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('Expected a whole number above 0.')
}
