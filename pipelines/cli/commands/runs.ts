import { Command } from 'commander'
import { parseDate, parseSource } from '../../source/batch.ts'
import { hasReadableLedger } from '../../ledger/schema-state.ts'
import { readSql } from '../../platform/sql.ts'
import { readSettings } from '../../source/settings.ts'
import { requireTransformers } from '../../source/load-source.ts'
import { textTable } from '../../platform/text-table.ts'
import { wholeNumber } from './flag-values.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { printJson } from './print-json.ts'
import { withSession } from './with-target.ts'

interface RunsFlags extends CommonFlags {
  readonly limit: number
  readonly runId?: string
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
  'quarantined',
  'dropped',
  'attempts',
  'error_class',
  'error_message',
]

/** `caseload runs [source] [date]` */
export function runsCommand(): Command {
  return withCommonFlags(new Command('runs'))
    .description('List runs, newest first.')
    .argument('[source]', 'only runs of this source')
    .argument('[date]', 'only runs of this day')
    .option('--run-id <text>', 'only runs that were started with this --run-id')
    .option('--limit <n>', 'maximum number of runs', wholeNumber(1, 1_000_000), 20)
    .option('--json', 'print one JSON array')
    .addHelpText(
      'after',
      '\nExamples:\n  caseload runs\n  caseload runs source_a 2023-05-01 --json\n  caseload runs --run-id scheduled__2023-05-01',
    )
    .action(async (source: string | undefined, date: string | undefined, flags: RunsFlags) => {
      const filter = [
        source === undefined ? null : parseSource(source),
        date === undefined ? null : parseDate(date),
        flags.runId ?? null,
        flags.limit,
      ]
      const { sourceFolders } = readSettings(flags, process.env, process.cwd())
      const rows = await withSession(flags, 'reads', async session => {
        const rows = (await hasReadableLedger(session))
          ? (await session.query<Record<string, unknown>>(readSql('sql/statements/cli/list_runs.sql'), filter)).rows
          : []
        // The ledger may know a source whose code was removed.
        if (rows.length === 0 && source !== undefined) requireTransformers([source], sourceFolders)
        return rows
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
