import type { MartsBehind } from '../../marts/marts-behind.ts'
import { countText } from '../../platform/count-text.ts'
import { timeText } from '../../platform/time-text.ts'
import { type Line, oneLine } from './lines.ts'

/** Something that is wrong with more than a batch, or that is only noted. */
export interface WholeProblem {
  readonly state: 'landing_unreadable' | 'landing_empty' | 'marts_behind'
  /** False: it is noted, and the exit code does not tell of it. */
  readonly problem: boolean
  /** Null where it concerns all sources. */
  readonly source: string | null
  /** Without a full stop. */
  readonly reason: string
  readonly hint: string
  readonly next: string
}

/** What `status --problems` found of the landing root. */
export interface LandingSight {
  /** Where it is. */
  readonly landing: string
  /** Why it cannot be listed; undefined if it can. */
  readonly obstacle: string | undefined
  /** The folders in it; undefined if it cannot be listed. */
  readonly folders: number | undefined
}

/**
 * Whether the landing root is there. One that cannot be listed is a problem before a day is overdue: no delivery can be loaded.
 *
 * @param isNamed a flag or a setting names the landing root: a machine that only looks at the ledger has none
 * @param isObjectStore an empty one is usual after deliveries were archived: it has no folders
 * @param wasUsed a batch was loaded from it
 */
export function landingProblems(
  { landing, obstacle, folders }: LandingSight,
  { isNamed, isObjectStore, wasUsed }: Readonly<Record<'isNamed' | 'isObjectStore' | 'wasUsed', boolean>>,
): readonly WholeProblem[] {
  if (!isNamed) return []
  const next = 'caseload doctor'
  if (obstacle !== undefined) {
    const hint = 'no delivery can be loaded until it is back'
    return [{ state: 'landing_unreadable', problem: true, source: null, reason: oneLine(obstacle), hint, next }]
  }
  if (folders !== 0 || isObjectStore || !wasUsed) return []
  const reason = `Expected folders of sources in ${landing}, found none`
  return [{ state: 'landing_empty', problem: false, source: null, reason, hint: 'is it mounted?', next }]
}

/** Marts that have been behind for an hour are a problem: the refresh at the end of a command failed, or there was none. */
export function martProblems(behind: readonly MartsBehind[]): readonly WholeProblem[] {
  return behind.map(({ source, behind_by, behind_since, is_late }) => ({
    state: 'marts_behind',
    problem: is_late,
    source,
    reason: `${countText(behind_by, 'batch', 'batches')} behind since ${timeText(behind_since, true)}`,
    hint: 'readers of the marts see what was published before; to catch up',
    next: 'caseload marts refresh',
  }))
}

/** One line for each. */
export function wholeLines(found: readonly WholeProblem[]): readonly Line[] {
  return found.map(({ state, problem, source, reason, hint, next }) => {
    const name = state === 'marts_behind' ? `marts of ${source ?? 'all sources'}` : 'landing root'
    const what = state === 'landing_unreadable' ? `cannot be listed (${reason})` : reason
    return { text: `${problem ? '' : 'note: '}${name}: ${what}; ${hint}:`, command: next }
  })
}
