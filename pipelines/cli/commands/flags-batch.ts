import type { Command } from 'commander'
import { wholeNumbers } from '../../source/configuration-schema.ts'
import { badRowLimit, callersRunId, exitCode, seconds, wholeNumber } from './flag-values.ts'
import { type CommonFlags, withBatchArguments, withCommonFlags } from './flags-common.ts'
import { type MartFlags, noMarts } from './refresh-marts.ts'

/** Flags of every command that runs batches. */
export interface BatchFlags extends CommonFlags, MartFlags {
  readonly json?: boolean
  /** Seconds for one batch. */
  readonly timeout?: number
  readonly maxBadRows?: string
  /** Accept a full list that lacks more than half of the one before it. */
  readonly allowShrink?: boolean
  /** Accept a day past tomorrow. */
  readonly allowFuture?: boolean
  readonly retries: number
  readonly keep: number
  readonly runId?: string
}

/** Flags of every command that runs several batches. */
export interface SeveralBatchesFlags extends BatchFlags {
  readonly concurrency?: number
  readonly failFast?: boolean
  readonly skipExitCode?: number
}

/** Adds the flags of a command that runs batches. */
export function withBatchFlags(command: Command): Command {
  return withCommonFlags(command)
    .option(
      '--timeout <seconds>',
      'stop a batch after this many seconds (exit 124) and publish nothing of it; a command of one batch counts all its ' +
        'waiting, too',
      seconds,
    )
    .option(
      '--max-bad-rows <limit>',
      'refuse a batch if more rows of a table than this break their contract, 100 or 2.5% ' +
        '(CASELOAD_MAX_BAD_ROWS; default: the limit of the source, else 5% and 10 rows)',
      badRowLimit,
    )
    .option(
      '--allow-shrink',
      'accept the newest delivery of a full list even if it lacks more than half of the delivery before it',
    )
    .option('--allow-future', 'accept a day that is past tomorrow in every time zone')
    .option(
      '--retries <n>',
      'how many times to retry a batch, after 1, 2, 4, ... seconds, if the connection is lost, the server restarts, or a ' +
        'lock or a serialization fails; errors in the data are never retried',
      wholeNumber(...wholeNumbers.retries),
      5,
    )
    .option(
      '--keep <n>',
      'how many replaced versions of a batch to keep for a rollback',
      wholeNumber(...wholeNumbers.keep),
      1,
    )
    .option(
      '--run-id <text>',
      "the caller's own id of the run, such as an orchestrator's; the ledger records it",
      callersRunId,
    )
    .option(...noMarts)
    .option('--json', 'print one JSON document')
}

/** Adds the arguments and flags of a command that runs one batch. */
export function withOneBatchFlags(command: Command): Command {
  return withBatchArguments(withBatchFlags(command))
}

/** Adds the flags of a command that runs several batches. */
export function withSeveralBatchesFlags(command: Command): Command {
  return withBatchFlags(command)
    .option(
      '--concurrency <n>',
      'maximum number of batches at once, each in its own process (default: the number of cores, or fewer if the server has ' +
        'not enough connections)',
      wholeNumber(...wholeNumbers.concurrency),
    )
    .option('--fail-fast', 'start no further batch after one failed')
    .option('--skip-exit-code <code>', 'exit with this code instead of 0 if there is nothing to do', exitCode)
}
