import { InvalidArgumentError } from 'commander'
import { UsageError } from '../../platform/errors.ts'
import { maxSeconds } from '../../source/configuration-schema.ts'
import { parseBadRowLimit } from '../../source/bad-row-limit.ts'

/** Returns a parser for a whole number. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return text => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
  }
}

/** Parses the days of `--since`, such as `7d`. */
export function numberOfDays(text: string): number {
  const [, days = ''] = /^(\d{1,5})d$/.exec(text) ?? []
  if (days !== '' && Number(days) > 0) return Number(days)
  throw new InvalidArgumentError('Expected a number of days such as 7d.')
}

/** Checks `--reason`. */
export function reasonText(text: string): string {
  const reason = text.trim()
  if (reason !== '' && reason.length <= 500 && !/\p{Cc}/u.test(reason)) return reason
  throw new InvalidArgumentError('Expected a reason in one line, up to 500 characters.')
}

/** Parses the exit code of `--skip-exit-code`. */
export function exitCode(text: string): number {
  return wholeNumber(0, 255)(text)
}

/** Parses the seconds of `--timeout`. */
export function seconds(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0 && value <= maxSeconds) return value
  throw new InvalidArgumentError('Expected a number of seconds above 0.')
}

/** Checks `--max-bad-rows` before the first batch starts. The value stays text, as the settings hold it. */
export function badRowLimit(text: string): string {
  try {
    return parseBadRowLimit(text).text
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new InvalidArgumentError('Expected a number of rows such as 100, or a share such as 5%.')
  }
}

/** Checks `--run-id`. */
export function callersRunId(text: string): string {
  if (/^[\x20-\x7e]{1,200}$/.test(text)) return text
  throw new InvalidArgumentError('Expected 1 to 200 printable ASCII characters.')
}
