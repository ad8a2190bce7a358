import { countText, numberText } from '../../platform/count-text.ts'
import { textTable, type TextTableOptions } from '../../platform/text-table.ts'
import type { Decision, DecisionKind } from './decide.ts'

/** Kinds that are counted and not listed: a year of them says no more than their number. */
const countedOnly: readonly DecisionKind[] = ['unchanged', 'not_delivered']
/** The kind that does not end a span of days: a daily source that delivers on weekdays has 52 gaps a year. */
const gap: DecisionKind = 'not_delivered'

/**
 * Decisions for a person: how many batches run and why, and by source one line for consecutive days that share a reason. A
 * year of daily batches fits a screen.
 *
 * @param strict list days without a delivery, too, after the other lines of their source
 */
export function decisionsText(decisions: readonly Decision[], strict = false, style: TextTableOptions = {}): string {
  if (decisions.length === 0) {
    return 'No batch to decide about: these sources and days have no delivery, and none is expected.\n'
  }
  const runs = spansOf(decisions.filter(one => one.kind !== gap))
  const gaps = strict ? spansOf(decisions).filter(({ first }) => first.kind === gap) : []
  const listed = [...runs.filter(({ first }) => !countedOnly.includes(first.kind)), ...gaps].sort((a, b) =>
    a.first.source < b.first.source ? -1 : Number(a.first.source > b.first.source),
  )
  const rows = listed.map(({ first, last, days }) => [
    first.action,
    first.source,
    days === 1 ? first.date : `${first.date} .. ${last.date} (${numberText(days)})`,
    first.kind,
    first.reason,
  ])
  return [
    `${countText(decisions.length, 'batch', 'batches')}: ${sums(decisions, 'run')}; ${sums(decisions, 'skip')}.\n`,
    ...(rows.length === 0 ? [] : [textTable(['action', 'source', 'days', 'why', 'reason'], rows, style)]),
  ].join('')
}

function sums(decisions: readonly Decision[], action: Decision['action']): string {
  const kinds = decisions.filter(one => one.action === action).map(one => one.kind)
  const byKind = [...new Set(kinds)].map(kind => `${numberText(kinds.filter(one => one === kind).length)} ${kind}`)
  return `${numberText(kinds.length)} to ${action}${byKind.length === 0 ? '' : ` (${byKind.join(', ')})`}`
}

interface DaySpan {
  readonly first: Decision
  readonly last: Decision
  readonly days: number
}

function spansOf(decisions: readonly Decision[]): readonly DaySpan[] {
  const runs: DaySpan[] = []
  const newest = new Map<string, number>()
  for (const decision of decisions) {
    const at = newest.get(decision.source)
    const run = at === undefined ? undefined : runs[at]
    if (at !== undefined && run !== undefined && isAlike(run.first, decision)) {
      runs[at] = { first: run.first, last: decision, days: run.days + 1 }
    } else {
      newest.set(decision.source, runs.push({ first: decision, last: decision, days: 1 }) - 1)
    }
  }
  return runs
}

const isAlike = (a: Decision, b: Decision): boolean =>
  a.action === b.action && a.kind === b.kind && a.reason === b.reason
