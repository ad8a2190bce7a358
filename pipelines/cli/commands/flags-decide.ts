import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Reprocess, reprocessLevels } from '../../operate/backfill/decide.ts'
import { parseDay } from '../../source/relative-day.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, dayWords } from './flags-common.ts'

/** Flags that select the batches of a backfill. */
export interface DecideFlags {
  /** Of `parseDay`. */
  readonly from?: string
  /** Of `parseDay`, included. */
  readonly to?: string
  readonly reprocess: Reprocess
  readonly reverse?: boolean
  /** Every day without a delivery is a failure. */
  readonly strict?: boolean
  /** Run days past tomorrow, too. */
  readonly allowFuture?: boolean
}

/** Names of the flags that select several batches. */
export const rangeFlags = ['from', 'to', 'reprocess', 'reverse', 'strict'] as const

/**
 * Adds the flags that select the batches of a backfill.
 *
 * @param warn writes a warning; default: on standard error
 */
export function withDecideFlags(command: Command, warn = warnOnStandardError): Command {
  return command
    .option('--from <date>', `first day: ${dayWords} (default: the first delivered day)`, parseDay)
    .option(
      '--to <date>',
      'last day, included (default: the last delivered day; with --from or --strict every day that is due)',
      parseDay,
    )
    .addOption(
      new Option(
        '--reprocess <which>',
        'which batches to run; each level includes those before it. unpublished: delivered and not published; failed: ' +
          'published, but the newest run failed; stale: changed since it was published; all: every delivered batch. A batch ' +
          'that is pinned or dismissed is skipped until caseload run loads it',
      )
        .choices(reprocessLevels)
        .default('unpublished')
        .argParser(reprocessLevel),
    )
    .option('--reverse', 'start with the newest day')
    .option('--strict', 'fail (exit 1) if a day to run, or one that the schedule expects, has no landing folder')
    .hook('preAction', called => {
      replaceDeprecatedLevel(called, warn)
    })
}

/** The former name of `unpublished`, still accepted. */
const deprecatedLevel = 'missing'

function reprocessLevel(text: string): string {
  if (text === deprecatedLevel || reprocessLevels.some(level => level === text)) return text
  throw new InvalidArgumentError(`Allowed choices are ${reprocessLevels.join(', ')}.`)
}

function replaceDeprecatedLevel(called: Command, warn: typeof warnOnStandardError): void {
  if (called.getOptionValue('reprocess') !== deprecatedLevel) return
  called.setOptionValueWithSource('reprocess', 'unpublished', called.getOptionValueSource('reprocess'))
  warn(called, '--reprocess missing is deprecated; use --reprocess unpublished')
}

function warnOnStandardError(called: Command, message: string): void {
  commandLog(called.opts<CommonFlags>()).warn(called.name(), message)
}
