import { type LandedDays, problemLines, withNextSteps } from '../../operate/problems/problems.ts'
import type { BatchState } from '../../ledger/status.ts'
import type { Attention } from './document.ts'

/**
 * What needs attention now, as `caseload status --problems` says it; the newest first.
 *
 * @param internal false: without reasons, which are free text or name files
 */
export async function attentionOf(
  states: readonly BatchState[],
  landedDays: LandedDays,
  internal: boolean,
): Promise<Attention[]> {
  const problems = states.filter(one => one.problem).map(one => (internal ? one : { ...one, reason: null }))
  const lines = problemLines(await withNextSteps(problems, landedDays))
  const newest = [...lines].sort((a, b) => (a.to > b.to ? -1 : a.to < b.to ? 1 : a.source < b.source ? -1 : 1))
  return newest.map(({ source, from, to, days, state, text, command }) => {
    // State and number of days are values of their own.
    const what = text
      .replace(/^[^:]*: /, '')
      .replace(/^[a-z ]+\([0-9,]+ days\); /, '')
      .replace(/:$/, '')
    return { source, from, to, days, state, text: what, command }
  })
}
