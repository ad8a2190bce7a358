import { Command } from 'commander'
import { yesterday } from '../../source/schedule.ts'
import { parseDate, parseSource } from '../../source/batch.ts'
import { CaseloadError, UsageError } from '../../platform/errors.ts'
import type { LandingView } from '../../landing/files/landing-view.ts'
import { openLandingView } from '../../landing/open-landing-view.ts'
import { StalenessChecker } from '../../operate/staleness/stale-batches.ts'
import { withoutMask } from '../../source/fingerprint/staleness.ts'
import { futureError, futureFolderNames, futureFolders, isFuture, latestDay } from '../../landing/future-day.ts'
import { batchStateTable } from '../../ledger/batch-states.ts'
import { batchStates, type BatchState, type CheckStaleness } from '../../ledger/status.ts'
import { readMask } from '../../contract/mask/key.ts'
import { readSettings, type Settings } from '../../source/settings.ts'
import { listTransformers, requireTransformers } from '../../source/load-source.ts'
import { textTable } from '../../platform/text-table.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, printJson, withCommonFlags, withSession } from './common.ts'

interface StatusFlags extends CommonFlags {
  readonly from?: string
  readonly to?: string
  readonly json?: boolean
}

/** `caseload status [sources...]` */
export function statusCommand(): Command {
  return withCommonFlags(new Command('status'))
    .description(
      'Show the state of every batch, by source and date, and the days that the schedule of a source expects and that ' +
        'nobody has loaded.',
    )
    .argument('[sources...]', 'only these sources')
    .option('--from <date>', 'first day (default: the first batch of each source)')
    .option(
      '--to <date>',
      'last day; a batch is expected up to it (default: batches up to today or later, expected up to yesterday)',
    )
    .option('--json', 'print one JSON array with one object per source and day')
    .addHelpText(
      'after',
      `${statesHelp()}\nExamples:\n  caseload status\n  caseload status source_a --to 2023-05-31 --json`,
    )
    .action(async (sources: string[], flags: StatusFlags) => {
      const window = {
        sources: sources.map(parseSource),
        from: flags.from === undefined ? undefined : parseDate(flags.from),
        to: flags.to === undefined ? undefined : parseDate(flags.to),
        expectedTo: flags.to === undefined ? yesterday() : parseDate(flags.to),
      }
      if (window.from !== undefined && window.to !== undefined && window.from > window.to)
        throw new UsageError(`Expected the first day before the last, found ${window.from} .. ${window.to}.`)
      const settings = readSettings(flags, process.env, process.cwd())
      requireTransformers(window.sources, settings.sourceFolders)
      const now = new Date()
      const log = commandLog(flags)
      const note = (message: string): void => {
        log.warn('status', message)
      }
      const states = await withSession(flags, session =>
        withStalenessCheck({ settings, sources: window.sources, now }, note, checkStaleness =>
          batchStates(session, window, checkStaleness),
        ),
      )
      if (states.some(({ state, reason }) => state === 'stale' && reason?.includes('engine changed') === true))
        note(olderEngine)
      const published = states.filter(one => one.published_run !== null && isFuture(one.batch_date, now))
      if (published.length > 0) {
        const names = futureFolderNames(published.map(one => ({ source: one.source, date: one.batch_date })))
        note(`published under a day past ${latestDay(now)}, so it is the newest version of all it holds: ${names}`)
      }
      if (flags.json === true) printJson(states)
      else process.stdout.write(states.length === 0 ? 'No batch ran yet.\n' : statusTable(states))
    })
}

function statesHelp(): string {
  const lines = Object.entries(batchStateTable).map(([state, meaning]) => `  ${state.padEnd(15)}${meaning}`)
  return `\nStates:\n${lines.join('\n')}\n`
}

/** Keys are compared as they were stored. */
const olderEngine =
  'batches of an older engine may spell an identifier in another way: until they are run again ' +
  '(caseload backfill --reprocess stale), one patient can count as two'

/** Where is looked beside the ledger, and when. */
interface Looked {
  readonly settings: Settings
  /** None stands for all. */
  readonly sources: readonly string[]
  readonly now: Date
}

/**
 * Gives the work a judge that compares with the landing root and the sources of this machine, as far as they are here:
 * where they are not, the ledger still says what is published. What is not compared is said once.
 */
async function withStalenessCheck<T>(
  { settings, sources, now }: Looked,
  note: (message: string) => void,
  work: (checkStaleness: CheckStaleness) => Promise<T>,
): Promise<T> {
  const warnOnError = async <V>(consequence: string, open: () => V | Promise<V>): Promise<V | typeof failed> => {
    try {
      return await open()
    } catch (error) {
      if (!(error instanceof CaseloadError)) throw error
      note(`${consequence}: ${error.message}`)
      return failed
    }
  }
  const view = await warnOnError('files are not compared', () => reachable(settings))
  if (view !== failed) {
    const future = await warnOnError('days past tomorrow are not looked for', () =>
      futureFolders(view, { sources, transformers: listTransformers(settings.sourceFolders) }, now),
    )
    if (future !== failed && future.length > 0) note(futureError(future, now).message)
  }
  const mask = await warnOnError('masking is not compared', () => readMask(process.env))
  const checker = new StalenessChecker({
    sourceFolders: settings.sourceFolders,
    mask: mask === failed ? undefined : mask,
    view: view === failed ? undefined : view,
    onProblem: note,
  })
  try {
    return await work((batch, made) => checker.staleness(batch, mask === failed ? withoutMask(made) : made))
  } finally {
    if (view !== failed) view.close()
  }
}

const failed = Symbol('could not be opened')

/** A store says only when it is asked whether it is there. */
async function reachable(settings: Settings): Promise<LandingView> {
  const view = await openLandingView({ ...settings, env: process.env })
  try {
    await view.folders()
    return view
  } catch (error) {
    view.close()
    throw error
  }
}

/** A run of days without a batch is one line: a gap of a year is no page. */
function statusTable(states: readonly BatchState[]): string {
  const rows: unknown[][] = []
  let gap: { source: string; row: unknown[]; first: string; days: number } | undefined
  for (const state of states) {
    if (state.state === 'overdue' && gap?.source === state.source) {
      gap.days++
      gap.row[1] = `${gap.first} .. ${state.batch_date}`
      gap.row[2] = `overdue (${gap.days} days)`
      continue
    }
    const lastRun = state.last_run === 'published' || state.last_run === null ? null : state.last_run
    const { source, batch_date, rows: count, quarantined, dropped, published_at, last_error, reason } = state
    const row = [
      source,
      batch_date,
      state.state,
      count,
      quarantined === 0 ? null : quarantined,
      dropped === 0 ? null : dropped,
      published_at,
      lastRun,
      last_error,
      reason,
    ]
    gap = state.state === 'overdue' ? { source: state.source, row, first: state.batch_date, days: 1 } : undefined
    rows.push(row)
  }
  return textTable(
    ['source', 'date', 'state', 'rows', 'quarantined', 'dropped', 'published at', 'last run', 'error', 'reason'],
    rows,
  )
}
