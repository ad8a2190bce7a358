import { type BatchOutcome, countOutcomes, isFailure, isNotLoaded } from '../../operate/backfill/outcome.ts'
import { textTable } from '../../platform/text-table.ts'
import { countText, numberText } from '../../platform/count-text.ts'
import { durationText } from './format.ts'

/** How the summary of a backfill is written. */
export interface SummaryOptions {
  /** How long the backfill took, in milliseconds. */
  readonly ms: number
  /** A day without a delivery is a failure. */
  readonly strict?: boolean
  /** Width of the terminal; undefined if output is not a terminal. */
  readonly columns?: number | undefined
  /** The command loads published and unchanged batches, too, on every call. */
  readonly reloadsAll?: boolean
  /** Why the command has no batch, if it has none. */
  readonly nothing?: string | undefined
}

const mostFailed = 10
const mostSlow = 3

/**
 * The text at the end of a backfill: counts, failed batches, and what to do next. It fits a screen of 24 rows and 80
 * columns, whatever the number of batches.
 *
 * @param ended every requested batch, including those that needed no run
 * @returns lines with a line feed at the end of each; a single one if there was nothing to do
 */
export function backfillSummary(ended: readonly BatchOutcome[], options: SummaryOptions): string {
  const { ms, strict = false, nothing = 'these sources and days have no batch' } = options
  if (ended.length === 0) return `Nothing to do: ${nothing}.\n`
  const late = ended.filter(one => one.deliveredSince === true)
  const counts = countOutcomes(ended)
    .map(([outcome, count]) => `${numberText(count)} ${outcome}${outcome === 'skipped' ? lateCount(late.length) : ''}`)
    .join(', ')
  const failed = ended.filter(one => isFailure(one, strict) || one.outcome === 'locked')
  if (ended.every(isIdle) && failed.length === 0)
    return `Nothing to do: ${countText(ended.length, 'batch', 'batches')}, ${counts}.\n${lateText(late)}`
  const rows = sumOf(ended, one => one.rows)
  const quarantined = sumOf(ended, one => one.quarantined)
  const dropped = sumOf(ended, one => one.dropped)
  const head = [
    `${countText(ended.length, 'batch', 'batches')} in ${durationText(ms)}`,
    `${countText(rows, 'row')} loaded`,
    ...(quarantined === 0 ? [] : [`${numberText(quarantined)} in quarantine`]),
    ...(dropped === 0 ? [] : [`${countText(dropped, 'value')} dropped`]),
  ].join(', ')
  const details = failed.length > 0 ? failedTable(failed, options) : slowest(ended)
  return [`${head}:\n${counts}.\n`, details, next(ended, quarantined + dropped, options)]
    .filter(part => part !== '')
    .join('\n')
}

const lateCount = (count: number): string =>
  count === 0 ? '' : ` (${numberText(count)} dismissed and delivered since)`

/** A dismissed day whose files came later: no command loads it unless a user runs it. Empty for none. */
export function lateText(late: readonly Pick<BatchOutcome, 'batch'>[]): string {
  const [first] = late
  if (first === undefined) return ''
  const { source, date } = first.batch
  const rest = late.length === 1 ? '' : '; all of them: caseload status --problems'
  return `To load a dismissed batch that was delivered since: caseload run ${source} ${date}${rest}\n`
}

const isIdle = ({ outcome }: BatchOutcome): boolean => outcome === 'skipped' || outcome === 'not_delivered'

const sumOf = (ended: readonly BatchOutcome[], of: (one: BatchOutcome) => number | undefined): number =>
  ended.reduce((sum, one) => sum + (of(one) ?? 0), 0)

const severity = ({ outcome }: BatchOutcome): number => (outcome === 'not_delivered' ? 2 : Number(outcome === 'locked'))

/** Sorted by severity: failed batches, then locked ones, then days without a delivery. */
function failedTable(failed: readonly BatchOutcome[], { columns }: SummaryOptions): string {
  const width = columns === undefined || columns <= 0 ? undefined : columns
  const ordered = [...failed].sort((a, b) => severity(a) - severity(b)).slice(0, mostFailed)
  const rows = ordered.map(({ batch, outcome, reason }) => [
    batch.source,
    batch.date,
    outcome,
    width === undefined ? reason : shortened(reason),
  ])
  const { table, shown } = tableOf(rows, width)
  const more = failed.length - shown
  return more === 0 ? table : `${table}and ${numberText(more)} more: caseload status\n`
}

/** As many rows as fit: a wrapped reason takes the lines of several batches. */
function tableOf(rows: readonly (readonly string[])[], width: number | undefined): { table: string; shown: number } {
  for (let shown = rows.length; ; shown--) {
    const table = textTable(['source', 'date', 'outcome', 'reason'], rows.slice(0, shown), { width })
    if (width === undefined || shown <= 1 || table.split('\n').length <= mostFailed + 3) return { table, shown }
  }
}

/** At 80 columns a reason of this length takes eight lines beside the longest name. `caseload status` has all of it. */
const mostOfReason = 160

const shortened = (reason: string): string =>
  reason.length <= mostOfReason ? reason : `${reason.slice(0, mostOfReason - 1)}…`

function slowest(ended: readonly BatchOutcome[]): string {
  const timed = ended.flatMap(({ batch, ms }) => (ms === undefined ? [] : [{ batch, ms }]))
  if (timed.length <= mostSlow) return ''
  const slow = timed.sort((a, b) => b.ms - a.ms).slice(0, mostSlow)
  return `Slowest: ${slow.map(({ batch, ms }) => `${batch.source} ${batch.date} (${durationText(ms)})`).join(', ')}\n`
}

function next(ended: readonly BatchOutcome[], quarantined: number, { reloadsAll = false }: SummaryOptions): string {
  const isCutShort = ended.some(({ outcome }) => ['locked', 'stopped', 'not_started'].includes(outcome))
  const left = ended.filter(isNotLoaded).length
  const again = reloadsAll
    ? 'runs all of them, including those loaded now'
    : `runs the ${left === 1 ? 'one' : numberText(left)} not loaded`
  return [
    ...(isCutShort ? [`Run the same command again: it ${again}.\n`] : []),
    lateText(ended.filter(one => one.deliveredSince === true)),
    ...(quarantined > 0 ? ['See the rows that were not loaded with: caseload quarantine ls\n'] : []),
  ].join('')
}
