import { type BatchOutcome, isFailure } from '../backfill/outcome.ts'
import type { Log, Numbers } from '../log.ts'
import { countText, durationText } from './words.ts'

/**
 * What is said of a batch that is over, as in `published: 1,234 rows, 5 in quarantine, 3.4 s` and `failed: ...`.
 *
 * @returns one line without source and date, which the log adds
 */
export function outcomeText(ended: BatchOutcome): string {
  const { outcome, reason, rows, quarantined = 0, ms } = ended
  const parts =
    outcome === 'published'
      ? [
          ...(rows === undefined ? [] : [countText(rows, 'row')]),
          ...(quarantined === 0 ? [] : [`${quarantined.toLocaleString('en-US')} in quarantine`]),
          ...(ms === undefined ? [] : [durationText(ms)]),
        ]
      : [reason].filter(text => text !== '')
  return parts.length === 0 ? outcome : `${outcome}: ${parts.join(', ')}`
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
