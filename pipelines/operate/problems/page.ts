import type { BatchState } from '../../ledger/status.ts'
import { type Line } from './lines.ts'
import { type Note, noteLines, noteStep } from './notes.ts'
import { type Problem, problemCount, problemLines } from './problems.ts'
import { type WholeProblem, wholeLines } from './whole.ts'

/** All that `status --problems` has to say. */
export interface ProblemPage {
  readonly problems: readonly Problem[]
  readonly whole: readonly WholeProblem[]
  readonly notes: readonly Note[]
}

/** Problems first; notes begin with `note:`. */
export function problemPageLines({ problems, whole, notes }: ProblemPage): readonly Line[] {
  return [
    ...wholeLines(whole.filter(one => one.problem)),
    ...problemLines(problems),
    ...wholeLines(whole.filter(one => !one.problem)),
    ...noteLines(notes),
  ]
}

/** One entry of `status --problems --json`. */
export interface ProblemEntry {
  /** Null where it concerns more than one source. */
  readonly source: string | null
  /** Null where it concerns no single batch. */
  readonly batch_date: string | null
  readonly state: BatchState['state'] | WholeProblem['state']
  /** False: it is noted, and the exit code does not tell of it. */
  readonly problem: boolean
  readonly last_run: string | null
  readonly reason: string | null
  readonly hint: string
  readonly next: string
}

/** In the order of {@link problemPageLines}; each batch has an entry of its own. */
export function problemEntries({ problems, whole, notes }: ProblemPage): readonly ProblemEntry[] {
  const entry = (one: WholeProblem): ProblemEntry => ({ ...one, batch_date: null, last_run: null })
  return [
    ...whole.filter(one => one.problem).map(entry),
    ...problems.map(one => ({ ...one, problem: true })),
    ...whole.filter(one => !one.problem).map(entry),
    ...notes.map(one => ({ ...one, problem: false, ...noteStep(one) })),
  ]
}

/** What the error of exit 1 says; undefined if nothing is wrong. */
export function problemSentence(batches: number, whole: readonly WholeProblem[]): string | undefined {
  const wrong = new Set(whole.filter(one => one.problem).map(one => one.state))
  const parts = [
    ...(wrong.has('landing_unreadable') ? ['the landing root cannot be listed'] : []),
    ...(batches === 0 ? [] : [problemCount(batches)]),
    ...(wrong.has('marts_behind') ? ['the marts are behind'] : []),
  ]
  const [first = ''] = parts
  return parts.length === 0
    ? undefined
    : `${first.charAt(0).toUpperCase()}${[first.slice(1), ...parts.slice(1)].join('; ')}.`
}
