import type { ProgressState, RunningBatch } from './state.ts'

/** Under half a second of copying a speed is chance. */
const leastMs = 500

/**
 * Rows a second since the first of them were copied: the checks before are no copying. It stands still once all tables
 * are staged. Undefined before there is one to tell.
 */
export function rowsPerSecond({ rows, first, stagedAt }: RunningBatch, now: number): number | undefined {
  if (first === undefined) return undefined
  const ms = (stagedAt ?? now) - first.at
  return ms >= leastMs ? Math.round(((rows - first.rows) * 1000) / ms) : undefined
}

/**
 * What is left of all batches in milliseconds, if those to come take as long as those that were worked on so far and as
 * many run at once as did.
 *
 * @returns undefined before the first batch that was worked on is over, where the number of batches is not known, and
 *   where the running ones take longer than any estimate
 */
export function timeLeft(state: ProgressState, now: number): number | undefined {
  const { total, done, running, worked, workedMs, slots } = state
  if (total === undefined || worked === 0 || slots === 0) return undefined
  const each = workedMs / worked
  const rests = running.map(({ startedAt }) => Math.max(0, each - (now - startedAt)))
  const waiting = Math.max(0, total - done - running.length)
  const shared = (waiting * each + rests.reduce((sum, rest) => sum + rest, 0)) / slots
  const left = Math.max(shared, ...rests)
  return left > 0 ? left : undefined
}
