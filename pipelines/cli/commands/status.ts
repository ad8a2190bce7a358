import { Command } from 'commander'
import { dayBefore } from '../../source/schedule.ts'
import { parseDate, parseSource } from '../../source/batch.ts'
import { UsageError } from '../../platform/errors.ts'
import { futureFolderNames, isFuture, latestDay } from '../../landing/future-day.ts'
import { batchStateTable } from '../../ledger/batch-states.ts'
import { batchStates, type BatchState, type StatusWindow } from '../../ledger/status.ts'
import { readSettings } from '../../source/settings.ts'
import { requireTransformers } from '../../source/load-source.ts'
import { textTable } from '../../platform/text-table.ts'
import { countText } from '../../platform/count-text.ts'
import { timeText } from '../../platform/time-text.ts'
import { commandLog } from './command-log.ts'
import { numberOfDays } from './flag-values.ts'
import { withCommonFlags } from './flags-common.ts'
import { tableStyle, utcOption } from './for-people.ts'
import { type NoticeFlags, withNoticeFlags, withNotices } from './notices.ts'
import { printJson } from './print-json.ts'
import { type StatusLandingOptions, withStatusLanding } from './status-landing.ts'
import { printProblems } from './status-problems.ts'
import { withSession } from './with-target.ts'

interface StatusFlags extends NoticeFlags {
  readonly from?: string
  readonly to?: string
  readonly since?: number
  readonly problems?: boolean
  readonly json?: boolean
  readonly utc?: boolean
}

/** `caseload status [sources...]` */
export function statusCommand(): Command {
  return withNoticeFlags(
    withCommonFlags(new Command('status')),
    'with --problems, the batches that need attention, and those that need none any more',
  )
    .description(
      'Show the state of every batch, by source and date, and the overdue days: those that the schedule of a source expects, ' +
        'that are due, and that no run tried.',
    )
    .argument('[sources...]', 'only these sources')
    .option('--from <date>', 'first day (default: the first batch of each source)')
    .option('--to <date>', 'last day, also for overdue days (default: all batches, and all days that are due)')
    .option('--since <days>', 'only the last so many days, such as 7d', numberOfDays)
    .option(
      '--problems',
      'print one line for each batch that needs attention, with what to do next, and exit with 1, also if the landing root is gone or the ' +
        'marts are behind for an hour; without such a problem, print nothing but notes of stale and pinned batches, and exit with 0',
    )
    .option('--json', 'print one JSON array with one object per source and day')
    .addOption(utcOption())
    .addHelpText(
      'after',
      `${statesHelp()}\nExamples:\n  caseload status\n  caseload status --problems --since 31d\n  caseload status --problems --notify\n  caseload status source_a --to 2023-05-31 --json`,
    )
    .action(async (sources: string[], flags: StatusFlags) => {
      const now = new Date()
      const window = { sources: sources.map(parseSource), ...daysOf(flags, now), now }
      const settings = readSettings(flags, process.env, process.cwd())
      requireTransformers(window.sources, settings.sourceFolders)
      const log = commandLog(flags)
      const warn = (message: string): void => {
        log.warn('status', message)
      }
      const looking = { settings, sources: window.sources, now, warn }
      await withNotices(flags, notices =>
        flags.problems === true ? printProblems(window, looking, flags, notices) : printStates(window, looking, flags),
      )
    })
}

async function printStates(window: StatusWindow, looking: StatusLandingOptions, flags: StatusFlags): Promise<void> {
  const { now, warn } = looking
  const states = await withSession(flags, 'reads', session =>
    withStatusLanding(looking, landing => batchStates(session, window, landing)),
  )
  if (states.some(({ state, reason }) => state === 'stale' && reason?.includes('engine changed') === true))
    warn(olderEngine)
  const published = states.filter(one => one.published_run !== null && isFuture(one.batch_date, now))
  if (published.length > 0) {
    const names = futureFolderNames(published.map(one => ({ source: one.source, date: one.batch_date })))
    warn(`published under a day past ${latestDay(now)}, so its rows count as the newest until that day: ${names}`)
  }
  if (flags.json === true) printJson(states)
  else {
    const table = states.length === 0 ? 'No batch ran yet.\n' : statusTable(states, flags.utc === true)
    process.stdout.write(table + changedRulesTable(states))
  }
}

/** @throws UsageError if the flags contradict each other */
function daysOf({ from, to, since }: StatusFlags, now: Date): Pick<StatusWindow, 'from' | 'to'> {
  if (since !== undefined && from !== undefined)
    throw new UsageError('Expected --since or --from, found both: each is the first day.')
  const first = since === undefined ? (from === undefined ? undefined : parseDate(from)) : dayBefore(now, since)
  const last = to === undefined ? undefined : parseDate(to)
  if (first !== undefined && last !== undefined && first > last)
    throw new UsageError(`Expected the first day before the last, found ${first} .. ${last}.`)
  return { from: first, to: last }
}

function statesHelp(): string {
  const lines = Object.entries(batchStateTable).map(([state, meaning]) => `  ${state.padEnd(15)}${meaning}`)
  return `\nStates:\n${lines.join('\n')}\n`
}

/** Keys are compared as they were stored. */
const olderEngine =
  'batches of an older engine may spell identifiers differently: until they are run again ' +
  '(caseload backfill --reprocess stale), one patient can count as two'

/** Each change once a source, however many batches were made with it. */
function changedRulesTable(states: readonly BatchState[]): string {
  const rows = states.flatMap(({ source, rules }) =>
    rules.map(({ rule, action, reason, declaredBy }) => [source, rule, action, reason, declaredBy] as const),
  )
  const once = [...new Map(rows.map(row => [JSON.stringify(row), row])).values()]
  if (once.length === 0) return ''
  return `\nRules that are changed:\n${textTable(['source', 'rule', 'action', 'reason', 'changed by'], once)}`
}

/** Consecutive days that are overdue, or dismissed for one reason, take one line, so that a gap of a year does not fill pages. */
function statusTable(states: readonly BatchState[], utc: boolean): string {
  const rows: unknown[][] = []
  let gap: { readonly first: BatchState; readonly row: unknown[]; days: number } | undefined
  for (const state of states) {
    if (gap !== undefined && isSameGap(gap.first, state)) {
      gap.days++
      gap.row[1] = `${gap.first.batch_date} .. ${state.batch_date}`
      gap.row[2] = `${state.state} (${countText(gap.days, 'day')})`
      continue
    }
    const lastRun = state.last_run === 'published' || state.last_run === null ? null : state.last_run
    const { source, batch_date, rows: count, quarantined, dropped, published_at, reason } = state
    const row = [
      source,
      batch_date,
      state.state,
      count,
      quarantined === 0 ? null : quarantined,
      dropped === 0 ? null : dropped,
      timeText(published_at, utc),
      lastRun,
      reason,
    ]
    gap = { first: state, row, days: 1 }
    rows.push(row)
  }
  return textTable(
    ['source', 'date', 'state', 'rows', 'quarantined', 'dropped', 'published at', 'last run', 'reason'],
    rows,
    tableStyle(),
  )
}

function isSameGap(first: BatchState, next: BatchState): boolean {
  if (first.source !== next.source || first.state !== next.state || first.reason !== next.reason) return false
  return next.state === 'overdue' || (next.state === 'dismissed' && first.last_run === null && next.last_run === null)
}
