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
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { printJson } from './print-json.ts'
import { withSession } from './with-target.ts'

interface StatusFlags extends CommonFlags {
  readonly from?: string
  readonly to?: string
  readonly json?: boolean
}

/** `caseload status [sources...]` */
export function statusCommand(): Command {
  return withCommonFlags(new Command('status'))
    .description(
      'Show the state of every batch, by source and date, and the overdue days: those that the schedule of a source expects ' +
        'and that no run tried.',
    )
    .argument('[sources...]', 'only these sources')
    .option('--from <date>', 'first day (default: the first batch of each source)')
    .option('--to <date>', 'last day, also for overdue days (default: all batches, and overdue days up to yesterday)')
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
      const warn = (message: string): void => {
        log.warn('status', message)
      }
      const states = await withSession(flags, async session => {
        const opened = await openStalenessCheck({ settings, sources: window.sources, now }, warn)
        try {
          return await batchStates(session, window, opened.checkStaleness)
        } finally {
          opened.close()
        }
      })
      if (states.some(({ state, reason }) => state === 'stale' && reason?.includes('engine changed') === true))
        warn(olderEngine)
      const published = states.filter(one => one.published_run !== null && isFuture(one.batch_date, now))
      if (published.length > 0) {
        const names = futureFolderNames(published.map(one => ({ source: one.source, date: one.batch_date })))
        warn(`published under a day past ${latestDay(now)}, so its rows count as the newest until that day: ${names}`)
      }
      if (flags.json === true) printJson(states)
      else
        process.stdout.write(
          states.length === 0 ? 'No batch ran yet.\n' : statusTable(states) + changedRulesTable(states),
        )
    })
}

function statesHelp(): string {
  const lines = Object.entries(batchStateTable).map(([state, meaning]) => `  ${state.padEnd(15)}${meaning}`)
  return `\nStates:\n${lines.join('\n')}\n`
}

/** Keys are compared as they were stored. */
const olderEngine =
  'batches of an older engine may spell identifiers differently: until they are run again ' +
  '(caseload backfill --reprocess stale), one patient can count as two'

/** What is compared with the ledger. */
interface StalenessCheckOptions {
  readonly settings: Settings
  /** Empty for all. */
  readonly sources: readonly string[]
  readonly now: Date
}

/** Files, masking and sources as they are now, and a function that compares batches with them. */
interface OpenedStalenessCheck {
  readonly checkStaleness: CheckStaleness
  close(): void
}

/**
 * Opens the landing root, the masking and the sources of this machine. What cannot be opened is not compared, with one warning:
 * the ledger still knows what is published.
 */
async function openStalenessCheck(
  { settings, sources, now }: StalenessCheckOptions,
  warn: (message: string) => void,
): Promise<OpenedStalenessCheck> {
  const warnOnError = async <V>(consequence: string, open: () => V | Promise<V>): Promise<V | typeof failed> => {
    try {
      return await open()
    } catch (error) {
      if (!(error instanceof CaseloadError)) throw error
      warn(`${consequence}: ${error.message}`)
      return failed
    }
  }
  const view = await warnOnError('files are not compared', () => openReachableView(settings))
  if (view !== failed) {
    const future = await warnOnError('days past tomorrow are not searched', () =>
      futureFolders(view, { sources, transformers: listTransformers(settings.sourceFolders) }, now),
    )
    if (future !== failed && future.length > 0) warn(futureError(future, now).message)
  }
  const mask = await warnOnError('masking is not compared', () => readMask(process.env))
  const checker = new StalenessChecker({
    sourceFolders: settings.sourceFolders,
    mask: mask === failed ? undefined : mask,
    view: view === failed ? undefined : view,
    onProblem: warn,
  })
  return {
    checkStaleness: (batch, made) => checker.staleness(batch, mask === failed ? withoutMask(made) : made),
    close: () => {
      if (view !== failed) view.close()
    },
  }
}

const failed = Symbol('could not be opened')

/** Lists the landing root once: an object store only fails on its first request. */
async function openReachableView(settings: Settings): Promise<LandingView> {
  const view = await openLandingView({ ...settings, env: process.env })
  try {
    await view.folders()
    return view
  } catch (error) {
    view.close()
    throw error
  }
}

/** Each change once a source, however many batches were made with it. */
function changedRulesTable(states: readonly BatchState[]): string {
  const rows = states.flatMap(({ source, rules }) =>
    rules.map(({ rule, action, reason, declaredBy }) => [source, rule, action, reason, declaredBy] as const),
  )
  const once = [...new Map(rows.map(row => [JSON.stringify(row), row])).values()]
  if (once.length === 0) return ''
  return `\nRules that are changed:\n${textTable(['source', 'rule', 'action', 'reason', 'changed by'], once)}`
}

/** Consecutive overdue days take one line, so that a gap of a year does not fill pages. */
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
