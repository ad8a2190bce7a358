import type { BatchState, StatusWindow } from '../../ledger/status.ts'
import { batchStates } from '../../ledger/status.ts'
import { countText } from '../../platform/count-text.ts'
import { visibleControls } from '../../platform/control-characters.ts'
import type { Session } from '../../platform/postgres.ts'

/** A batch that needs attention, and what to do next. */
export interface Problem extends Pick<BatchState, 'source' | 'batch_date' | 'state' | 'last_run' | 'reason'> {
  /** When or why to call `next`, without a full stop. */
  readonly hint: string
  /** A command to paste. */
  readonly next: string
}

/** The days of a source that have a landing folder, `yyyy-mm-dd`; undefined if its folder cannot be read. */
export type LandedDays = (source: string) => Promise<ReadonlySet<string> | undefined>

/** The states of the batches that need attention, by source and date. Reads the ledger alone: no file is compared. */
export async function problemStates(session: Session, window: StatusWindow): Promise<readonly BatchState[]> {
  const states = await batchStates(session, window, () => Promise.resolve({ kind: 'unchanged', reason: '' }))
  return states.filter(one => one.problem)
}

/** The batches that need attention, each with what to do next, which depends on what lies in its landing folder now. */
export async function findProblems(
  session: Session,
  window: StatusWindow,
  landedDays: LandedDays,
): Promise<readonly Problem[]> {
  const states = await problemStates(session, window)
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
  return {
    hint: 'it has no landing folder; ask for it, or, if it will not come',
    next: `caseload dismiss ${source} ${date} --reason '...'`,
  }
}

const hints: Partial<Record<BatchState['state'], string>> = {
  overdue: 'it was delivered, and no run tried it',
  not_delivered: 'it is there now',
  incomplete: 'when the rest is there',
  refused: 'when the delivery or the source is corrected',
}

/** One line for each problem; empty for none. */
export function problemsText(problems: readonly Problem[]): string {
  return problems.map(one => `${problemLine(one)}\n`).join('')
}

function problemLine({ source, batch_date, state, last_run, reason, hint, next }: Problem): string {
  const isPublished = state === 'published' || state === 'stale'
  const what = isPublished ? `an older version is published, its newest run is ${last_run ?? 'unknown'}` : words(state)
  return `${source} ${batch_date}: ${what}${reason === null ? '' : ` (${brief(reason)})`}; ${hint}: ${next}`
}

const words = (state: string): string => state.replaceAll('_', ' ')

const maxReason = 160

function brief(reason: string): string {
  const line = visibleControls(reason.replaceAll(/\s+/g, ' ')).trim().replace(/\.$/, '')
  return line.length > maxReason ? `${line.slice(0, maxReason - 1)}…` : line
}

/** `3 batches need attention`. */
export function problemCount(count: number): string {
  return `${countText(count, 'batch', 'batches')} ${count === 1 ? 'needs' : 'need'} attention`
}
