import { type Command, Option } from 'commander'
import { logFormats } from '../../platform/log-format.ts'

/** Flags of every command. */
export interface CommonFlags {
  readonly landing?: string
  readonly ephemeral?: boolean
  readonly logFormat?: string
  readonly quiet?: boolean
}

/** Adds the flags of every command. */
export function withCommonFlags(command: Command): Command {
  return command
    .option(
      '--landing <dir>',
      'landing root, a folder or s3://bucket/prefix that holds <source>/<yyyymmdd>/ (CASELOAD_LANDING, default data/)',
    )
    .option(
      '--ephemeral',
      'at the end, stop the embedded server if an ephemeral command started it and no other command uses it (CI=true does the same)',
    )
    .addOption(
      new Option('--log-format <format>', 'format of the lines on standard error (CASELOAD_LOG_FORMAT)').choices(
        logFormats,
      ),
    )
    .option('-q, --quiet', 'show no progress, only warnings and errors')
}

/** What a day on the command line may be, for the help. */
export const dayWords = '20230501, 2023-05-01, or today, yesterday, -7 (days ago) in the zone of the source'

/** Adds the argument `<source>`. */
export function withSourceArgument(command: Command): Command {
  return command.argument('<source>', 'a source, such as source_a, or one of its sites, such as source_a__north')
}

/** Adds the arguments `<source> <date>`. */
export function withBatchArguments(command: Command): Command {
  return withSourceArgument(command).argument('<date>', `day of the delivery: ${dayWords}`)
}
