import { type BatchOutcome, isFailure } from '../../operate/backfill/outcome.ts'
import type { Log, Numbers } from '../../platform/log.ts'
import { countText, numberText } from '../../platform/count-text.ts'
import { durationText } from './format.ts'

/**
 * How a batch ended, as in `published 1,234 rows in 3.4 s, 5 in quarantine` and `failed: ...`.
 *
 * @returns one line without source and date, which the log adds
 */
function outcomeText({ outcome, reason, rows, quarantined = 0, dropped = 0, ms }: BatchOutcome): string {
  if (outcome !== 'published') return reason === '' ? outcome : `${outcome}: ${reason}`
  const loaded = rows === undefined ? '' : ` ${countText(rows, 'row')}`
  const time = ms === undefined ? '' : ` in ${durationText(ms)}`
  const left = quarantined === 0 ? '' : `, ${numberText(quarantined)} in quarantine`
  return `published${loaded}${time}${left}${dropped === 0 ? '' : `, ${countText(dropped, 'value')} dropped`}`
}

/** Logs how a batch ended, at stage `done`: as an error if it failed, as a warning if it is locked. */
export function logOutcome(log: Log, ended: BatchOutcome): void {
  const level = isFailure(ended) ? 'error' : ended.outcome === 'locked' ? 'warn' : 'info'
  log[level]('done', outcomeText(ended), numbersOf(ended))
}

function numbersOf({ rows, quarantined, dropped, ms, exitCode }: BatchOutcome): Numbers {
  return {
    ...(rows === undefined ? {} : { rows }),
    ...(quarantined === undefined ? {} : { quarantined }),
    ...(dropped === undefined || dropped === 0 ? {} : { dropped }),
    ...(ms === undefined ? {} : { ms: Math.round(ms) }),
    ...(exitCode === undefined ? {} : { exit_code: exitCode }),
  }
}
