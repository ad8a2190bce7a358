import type { ProgressState, RunningBatch } from './state.ts'

/** A rate over less than half a second of copying is noise. */
const minMs = 500

/**
 * Rows a second since the first rows were copied, so that the checks before do not count. It stays the same once all tables
 * are staged. Undefined before it can be measured.
 */
export function rowsPerSecond({ rows, first, stagedAt }: RunningBatch, now: number): number | undefined {
  if (first === undefined) return undefined
  const ms = (stagedAt ?? now) - first.at
  return ms >= minMs ? Math.round(((rows - first.rows) * 1000) / ms) : undefined
}

/**
 * Estimates the remaining milliseconds of all batches: each takes as long as the average of those done so far, and as many
 * run at once.
 *
 * @returns undefined before the first batch is done, if the number of batches is not known, and if the running batches take
 *   longer than estimated
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
