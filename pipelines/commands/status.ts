import { Command } from 'commander'
import { parseDate, parseSource, transformerOf } from '../batch.ts'
import { UsageError } from '../errors.ts'
import { batchStates, type BatchState } from '../ledger/status.ts'
import { readSettings } from '../settings.ts'
import { listTransformers } from '../sources.ts'
import { textTable } from '../text-table.ts'
import { type CommonFlags, printJson, withCommonFlags, withSession } from './common.ts'

interface StatusFlags extends CommonFlags {
  readonly from?: string
  readonly to?: string
  readonly json?: boolean
}

/** `caseload status [sources...]` */
export function statusCommand(): Command {
  return withCommonFlags(new Command('status'))
    .description('Show by source and date what is published, failed, and missing by the schedule of the source.')
    .argument('[sources...]', 'only these sources')
    .option('--from <date>', 'first day (default: the first batch of each source)')
    .option('--to <date>', 'last day on which a batch is expected (default: yesterday)')
    .option('--json', 'print one JSON array with one object per source and day')
    .addHelpText('after', '\nExamples:\n  caseload status\n  caseload status source_a --to 2023-05-31 --json')
    .action(async (sources: string[], flags: StatusFlags) => {
      const window = {
        sources: sources.map(parseSource),
        from: flags.from === undefined ? undefined : parseDate(flags.from),
        to: flags.to === undefined ? yesterday() : parseDate(flags.to),
      }
      if (window.from !== undefined && window.from > window.to) throw new UsageError('--from is a day after --to.')
      const settings = readSettings(flags, process.env, process.cwd())
      const known = listTransformers(settings.sourceFolders)
      const unknown = window.sources.filter(source => !known.includes(transformerOf(source)))
      if (unknown.length > 0) {
        throw new UsageError(`Expected sources; there is no ${unknown.join(', ')}. Known: ${known.join(', ')}.`)
      }
      const states = await withSession(flags, session => batchStates(session, window))
      if (flags.json === true) printJson(states)
      else process.stdout.write(states.length === 0 ? 'No batch ran yet.\n' : statusTable(states))
    })
}

/** Today's delivery may still come; a day is expected once it is over, by the clock of this machine. */
function yesterday(): string {
  const day = new Date()
  day.setDate(day.getDate() - 1)
  return `${day.getFullYear()}-${pad(day.getMonth() + 1)}-${pad(day.getDate())}`
}

const pad = (part: number): string => String(part).padStart(2, '0')

/** A run of days without a batch is one line: a gap of a year is no page. */
function statusTable(states: readonly BatchState[]): string {
  const rows: unknown[][] = []
  let gap: { source: string; row: unknown[]; first: string; days: number } | undefined
  for (const state of states) {
    if (state.state === 'missing' && gap?.source === state.source) {
      gap.days++
      gap.row[1] = `${gap.first} .. ${state.batch_date}`
      gap.row[2] = `missing (${gap.days} days)`
      continue
    }
    const lastRun = state.last_run === 'published' || state.last_run === null ? null : state.last_run
    const row = [state.source, state.batch_date, state.state, state.rows, state.published_at, lastRun, state.last_error]
    gap = state.state === 'missing' ? { source: state.source, row, first: state.batch_date, days: 1 } : undefined
    rows.push(row)
  }
  return textTable(['source', 'date', 'state', 'rows', 'published at', 'last run', 'error'], rows)
}
