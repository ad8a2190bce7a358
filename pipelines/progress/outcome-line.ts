import { type BatchOutcome, isFailure } from '../backfill/outcome.ts'
import type { Log, Numbers } from '../log.ts'
import { countText, durationText, numberText } from './words.ts'

/**
 * What is said of a batch that is over, as in `published 1,234 rows in 3.4 s, 5 in quarantine` and `failed: ...`.
 *
 * @returns one line without source and date, which the log adds
 */
export function outcomeText({ outcome, reason, rows, quarantined = 0, ms }: BatchOutcome): string {
  if (outcome !== 'published') return reason === '' ? outcome : `${outcome}: ${reason}`
  const loaded = rows === undefined ? '' : ` ${countText(rows, 'row')}`
  const time = ms === undefined ? '' : ` in ${durationText(ms)}`
  return `published${loaded}${time}${quarantined === 0 ? '' : `, ${numberText(quarantined)} in quarantine`}`
}

/** Logs a batch that is over, at stage `done`: an error if it failed. */
export function logOutcome(log: Log, ended: BatchOutcome): void {
  log[isFailure(ended) ? 'error' : 'info']('done', outcomeText(ended), numbersOf(ended))
}

function numbersOf({ rows, quarantined, ms, exitCode }: BatchOutcome): Numbers {
  return {
    ...(rows === undefined ? {} : { rows }),
    ...(quarantined === undefined ? {} : { quarantined }),
    ...(ms === undefined ? {} : { ms: Math.round(ms) }),
    ...(exitCode === undefined ? {} : { exit_code: exitCode }),
  }
}
