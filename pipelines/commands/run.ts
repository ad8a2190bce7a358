import { Command } from 'commander'
import { parseDate, parseSource } from '../batch.ts'
import { runBatch, type RunResult } from '../run-batch.ts'
import { readSettings } from '../settings.ts'
import { loadSource } from '../sources.ts'
import { type BatchFlags, withBatchFlags } from './batch-flags.ts'
import { printJson } from './common.ts'
import { runSummary } from './run-summary.ts'
import { withRunner } from './runner.ts'

/** `caseload run <source> <date>` */
export function runCommand(): Command {
  return withRunFlags(new Command('run'))
    .description('Replace one batch: read its landing files, check, stage and publish all its tables at once.')
    .addHelpText(
      'after',
      `
Examples:
  caseload run source_a 20230501
  caseload run source_a__north 2023-05-01 --landing /mnt/landing`,
    )
    .action(async (source: string, date: string, flags: BatchFlags) => {
      const result = await runFromFlags(source, date, flags)
      if (flags.json === true) printJson(result)
      else process.stdout.write(runSummary(result))
    })
}

/** Adds the arguments and flags of a command that runs one batch. */
export function withRunFlags(command: Command): Command {
  return withBatchFlags(command)
    .argument('<source>', 'a source, such as source_a, or one of its sites, such as source_a__north')
    .argument('<date>', 'day of the delivery, 20230501 or 2023-05-01')
}

/**
 * Runs one batch as the command line asks, on the target of the environment, and stops at the first signal.
 *
 * @throws CaseloadError of the kind that fits
 */
export async function runFromFlags(sourceName: string, dateText: string, flags: BatchFlags): Promise<RunResult> {
  const batch = { source: parseSource(sourceName), date: parseDate(dateText) }
  // A source that is not there is said before a server is asked.
  await loadSource(batch.source, readSettings(flags, process.env, process.cwd()).sourceFolders)
  return withRunner(flags, runner => runner.work(batch, runBatch))
}
