import { Command } from 'commander'
import { parseDate, parseSource } from '../../source/batch.ts'
import { hasReadableLedger } from '../../ledger/schema-state.ts'
import { readSql } from '../../platform/sql.ts'
import { readSettings } from '../../source/settings.ts'
import { requireTransformers } from '../../source/load-source.ts'
import { errorWord } from '../../platform/error-word.ts'
import { textTable } from '../../platform/text-table.ts'
import { timeText } from '../../platform/time-text.ts'
import { wholeNumber } from './flag-values.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { tableStyle, utcOption } from './for-people.ts'
import { printJson } from './print-json.ts'
import { withSession } from './with-target.ts'

interface RunsFlags extends CommonFlags {
  readonly limit: number
  readonly runId?: string
  readonly json?: boolean
  readonly utc?: boolean
}

const columns = [
  'run',
  'source',
  'date',
  'status',
  'started at',
  'ended at',
  'rows',
  'quarantined',
  'dropped',
  'attempts',
  'error',
  'message',
  'pinned',
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
    .addOption(utcOption())
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
          ? (await session.query<ListedRun>(readSql('sql/statements/cli/list_runs.sql'), filter)).rows
          : []
        // The ledger may know a source whose code was removed.
        if (rows.length === 0 && source !== undefined) requireTransformers([source], sourceFolders)
        return rows
      })
      if (flags.json === true) printJson(rows)
      else process.stdout.write(runsTable(rows, flags.utc === true))
    })
}

/** One row of list_runs.sql, as far as the table shows it. */
interface ListedRun {
  readonly run_id: string
  readonly source: string
  readonly batch_date: string
  readonly status: string
  readonly started_at: string
  readonly ended_at: string | null
  readonly rows: number | null
  readonly quarantined: number | null
  readonly dropped: number | null
  readonly attempts: number
  readonly error_class: string | null
  readonly error_message: string | null
  readonly pinned: string | null
}

function runsTable(runs: readonly ListedRun[], utc: boolean): string {
  const rows = runs.map(run => [
    run.run_id,
    run.source,
    run.batch_date,
    run.status,
    timeText(run.started_at, utc),
    timeText(run.ended_at, utc),
    run.rows,
    run.quarantined,
    run.dropped,
    run.attempts,
    errorWord(run.error_class),
    run.error_message,
    run.pinned,
  ])
  return textTable(columns, rows, tableStyle())
}
