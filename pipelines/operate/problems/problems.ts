import { batchStates, type BatchState, ledgerAlone, type StateChecks, type StatusWindow } from '../../ledger/status.ts'
import { countText } from '../../platform/count-text.ts'
import type { Session } from '../../platform/postgres.ts'
import { type Line, oneLine } from './lines.ts'

/** A batch that needs attention, and what to do next. */
export interface Problem extends Pick<BatchState, 'source' | 'batch_date' | 'state' | 'last_run' | 'reason'> {
  /** When or why to call `next`, without a full stop. */
  readonly hint: string
  /** A command to paste. */
  readonly next: string
}

/** The days of a source that have a landing folder, `yyyy-mm-dd`; undefined if its folder cannot be read. */
export type LandedDays = (source: string) => Promise<ReadonlySet<string> | undefined>

/**
 * The states of the batches that need attention, by source and date. No file is compared.
 *
 * @param deliveredSince default: of dismissed days, the ledger alone is asked
 */
export async function problemStates(
  session: Session,
  window: StatusWindow,
  deliveredSince: StateChecks['deliveredSince'] = ledgerAlone.deliveredSince,
): Promise<readonly BatchState[]> {
  const states = await batchStates(session, window, { ...ledgerAlone, deliveredSince })
  return states.filter(one => one.problem)
}

/** Says of each batch that needs attention what to do next. */
export async function withNextSteps(
  states: readonly BatchState[],
  landedDays: LandedDays,
): Promise<readonly Problem[]> {
  const sources = [...new Set(states.map(one => one.source))]
  const landed = new Map(await Promise.all(sources.map(async name => [name, await landedDays(name)] as const)))
  return states.map(({ source, batch_date, state, last_run, reason }) => {
    const what = { source, batch_date, state, last_run, reason }
    return { ...what, ...nextStep(what, landed.get(source)) }
  })
}

type Trouble = Pick<Problem, 'source' | 'batch_date' | 'state'>

function nextStep(
  { source, batch_date: date, state }: Trouble,
  landed: ReadonlySet<string> | undefined,
): Pick<Problem, 'hint' | 'next'> {
  const run = `caseload run ${source} ${date}`
  if (landed === undefined)
    return { hint: 'its landing folder cannot be read; look for the cause', next: 'caseload doctor' }
  if (landed.has(date)) return { hint: hints[state] ?? 'when the cause is gone', next: run }
  if (landed.size === 0)
    return { hint: 'there is no landing folder of this source at all: is it mounted?', next: 'caseload doctor' }
  return { hint: notThere, next: `caseload dismiss ${source} ${date} --reason '...'` }
}

const notThere = 'it has no landing folder; ask for it, or, if it will not come'

const wasDelivered = 'it was delivered, and no run tried it'

const hints: Partial<Record<BatchState['state'], string>> = {
  overdue: wasDelivered,
  not_delivered: 'it is there now',
  incomplete: 'when the rest is there',
  refused: 'when the delivery or the source is corrected',
  dismissed: 'dismiss it again, or load it',
}

/** One problem, or consecutive overdue days with one cause. */
export interface ProblemLine extends Line {
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly from: string
  /** `yyyy-mm-dd` */
  readonly to: string
  readonly days: number
  readonly state: BatchState['state']
}

/** One line for each problem, and one for consecutive overdue days with one cause. */
export function problemLines(problems: readonly Problem[]): readonly ProblemLine[] {
  return gaps(problems).map(days => {
    const [{ source, batch_date: from, state }] = days
    const line = days.length === 1 ? problemLine(days[0]) : gapLine(days)
    return { ...line, source, from, to: days.at(-1)?.batch_date ?? from, days: days.length, state }
  })
}

type Days = readonly [Problem, ...Problem[]]

/** Problems in their order. A feed that stopped a year ago is one entry, so that it does not hide the others. */
function gaps(problems: readonly Problem[]): readonly Days[] {
  const all: [Problem, ...Problem[]][] = []
  for (const one of problems) {
    const last = all.at(-1)
    const isSame = last?.[0].source === one.source && last[0].state === 'overdue' && one.state === 'overdue'
    if (isSame && last[0].hint === one.hint) last.push(one)
    else all.push([one])
  }
  return all
}

function problemLine({ source, batch_date, state, last_run, reason, hint, next }: Problem): Line {
  // The reason says that it is dismissed.
  if (state === 'dismissed')
    return { text: `${source} ${batch_date}: ${oneLine(reason ?? state)}; ${hint}:`, command: next }
  const isPublished = state === 'published' || state === 'stale'
  const what = isPublished ? `an older version is published, its newest run is ${last_run ?? 'unknown'}` : words(state)
  const why = reason === null ? '' : ` (${oneLine(reason)})`
  return { text: `${source} ${batch_date}: ${what}${why}; ${hint}:`, command: next }
}

function gapLine(days: Days): Line {
  const [first] = days
  const to = days.at(-1)?.batch_date ?? first.batch_date
  const { hint, next } = overdueGap(first, first.batch_date, to)
  return {
    text: `${first.source} ${first.batch_date} .. ${to}: overdue (${countText(days.length, 'day')}); ${hint}:`,
    command: next,
  }
}

/** What to do about consecutive overdue days with one cause: the hint and the command of the first, for all of them. */
export function overdueGap(
  { source, hint, next }: Pick<Problem, 'source' | 'hint' | 'next'>,
  from: string,
  to: string,
): Pick<Problem, 'hint' | 'next'> {
  const steps: Readonly<Record<string, readonly [hint: string, next: string]>> = {
    [notThere]: [
      'they have no landing folder; ask for them, or, if they will not come',
      `caseload dismiss ${source} ${from} --to ${to} --reason '...'`,
    ],
    [wasDelivered]: [
      'they were delivered, and no run tried them',
      `caseload backfill ${source} --from ${from} --to ${to}`,
    ],
  }
  const [why, command] = steps[hint] ?? [hint, next]
  return { hint: why, next: command }
}

const words = (state: string): string => state.replaceAll('_', ' ')

/** `3 batches need attention`. */
export function problemCount(count: number): string {
  return `${countText(count, 'batch', 'batches')} ${count === 1 ? 'needs' : 'need'} attention`
}
