import { type Command, InvalidArgumentError } from 'commander'
import { parseBadRowLimit } from '../../source/bad-row-limit.ts'
import { UsageError } from '../../platform/errors.ts'
import { type CommonFlags, withCommonFlags } from './with-target.ts'

/** Flags of every command that runs batches. */
export interface BatchFlags extends CommonFlags {
  readonly json?: boolean
  /** Seconds for one batch. */
  readonly timeout?: number
  readonly maxBadRows?: string
  /** The newest delivery of a full list may lack more than half of the one before it. */
  readonly allowShrink?: boolean
  /** A day past tomorrow may be run. */
  readonly allowFuture?: boolean
  readonly retries: number
  readonly keep: number
  readonly runId?: string
}

/** Replaced versions that can be kept of a batch, at most. */
export const mostKept = 100

/** Adds the flags of a command that runs batches. */
export function withBatchFlags(command: Command): Command {
  return withCommonFlags(command)
    .option(
      '--timeout <seconds>',
      'give a batch up after so long (exit 124), of a command of one batch with all that it waits for before; nothing of it ' +
        'is published then',
      seconds,
    )
    .option(
      '--max-bad-rows <limit>',
      'refuse a batch if more rows of a table break their contract: 100 or 2.5% ' +
        '(CASELOAD_MAX_BAD_ROWS; default: what the source says, else 5% and 10 rows)',
      badRowLimit,
    )
    .option(
      '--allow-shrink',
      'let the newest delivery of a full list lack more than half of the one before it, which is refused otherwise',
    )
    .option('--allow-future', 'run a day that is past tomorrow in every time zone, which is refused otherwise')
    .option(
      '--retries <n>',
      'how often a batch is tried again, after 1, 2, 4, ... seconds, when the connection was lost, the server restarts, ' +
        'or a lock or a serialization failed; never for what the data caused',
      wholeNumber(0, 20),
      5,
    )
    .option('--keep <n>', 'how many replaced versions of a batch to keep for a rollback', wholeNumber(0, mostKept), 1)
    .option(
      '--run-id <text>',
      "the caller's own name of the run, such as an orchestrator's; the ledger keeps it",
      callersId,
    )
    .option('--json', 'print one JSON document')
}

function seconds(text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0 && value <= 1_000_000) return value
  throw new InvalidArgumentError('Expected a number of seconds above 0.')
}

/** Stays text, which the settings hold; one that fits no batch is said before any is begun. */
function badRowLimit(text: string): string {
  try {
    return parseBadRowLimit(text).text
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new InvalidArgumentError('Expected a number of rows such as 100, or a share such as 5%.')
  }
}

/** Reads a whole number of a flag. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return text => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= least && value <= most) return value
    throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`)
  }
}

function callersId(text: string): string {
  if (/^[\x20-\x7e]{1,200}$/.test(text)) return text
  throw new InvalidArgumentError('Expected 1 to 200 printable ASCII characters.')
}

/** Reads the exit code of `--skip-exit-code`. */
export function exitCode(text: string): number {
  return wholeNumber(0, 255)(text)
}
