import { Command } from 'commander'
import type { Batch } from '../../source/batch.ts'
import { NoDeliveryError, SupersededError, SkippedError } from '../../platform/errors.ts'
import { ifChanged } from '../../operate/staleness/if-changed.ts'
import { batchArgument } from './batch-argument.ts'
import { commandLog } from './command-log.ts'
import { exitCode } from './flag-values.ts'
import { type BatchFlags, withOneBatchFlags } from './flags-batch.ts'
import { printJson } from './print-json.ts'
import { reportAfter, type ReportAfterFlags, withReportFlag } from './report-after.ts'
import { requireRunnable, runOneBatch, withOneBatchRunner } from './run-one-batch.ts'
import { runSummary } from './run-summary.ts'
import type { Runner } from './runner.ts'

interface RunFlags extends BatchFlags, ReportAfterFlags {
  readonly ifChanged?: boolean
  readonly skipExitCode?: number
}

/** `caseload run <source> <date>` */
export function runCommand(): Command {
  return withReportFlag(withOneBatchFlags(new Command('run')), 'when the batch has ended')
    .description('Load or replace one batch: read its landing files, check, stage and publish all its tables at once.')
    .option(
      '--if-changed',
      'do nothing if the batch is pinned, or published from the same files, code and contracts; without this flag the batch is ' +
        'always replaced',
    )
    .option(
      '--skip-exit-code <code>',
      'exit with this code if --if-changed finds nothing to do or the day has no landing folder; 99 makes Airflow skip the ' +
        'task',
      exitCode,
    )
    .addHelpText(
      'after',
      `
Examples:
  caseload run source_a 20230501
  caseload run source_a yesterday
  caseload run source_a__north 2023-05-01 --landing /mnt/landing
  caseload run icu 2023-05-01 --if-changed --skip-exit-code 99`,
    )
    .action(run)
}

async function run(source: string, date: string, flags: RunFlags): Promise<void> {
  const batch = await batchArgument(source, date)
  await requireRunnable(batch, flags)
  await withOneBatchRunner(flags, 'makes', async runner => {
    const reason = flags.ifChanged === true ? await unchangedReason(runner, batch) : undefined
    if (reason !== undefined) {
      reportNothingToDo(batch, flags, reason)
      return
    }
    try {
      const result = await runOneBatch(runner, batch, flags, flags.ifChanged === true ? runner.begunAt : undefined)
      if (flags.json === true) printJson(result)
      else process.stdout.write(runSummary(result))
    } catch (error) {
      if (error instanceof NoDeliveryError && flags.skipExitCode !== undefined) {
        throw new SkippedError(error.message, { exitCode: flags.skipExitCode })
      }
      if (!(error instanceof SupersededError) || flags.ifChanged !== true) throw error
      reportNothingToDo(batch, flags, 'another command published it or rolled it back in the meantime')
    } finally {
      await reportAfter(flags.report, { ...runner, log: commandLog(flags) })
    }
  })
}

/** @throws SkippedError with the code of --skip-exit-code */
function reportNothingToDo(batch: Batch, flags: RunFlags, reason: string): void {
  const line = `${batch.source} ${batch.date}: nothing to do, ${reason}.`
  if (flags.json === true) printJson({ batch, skipped: reason })
  if (flags.skipExitCode !== undefined) throw new SkippedError(line, { exitCode: flags.skipExitCode })
  if (flags.json !== true) process.stdout.write(`${line}\n`)
}

/** @returns why a run would change nothing; undefined if it would change something */
async function unchangedReason(runner: Runner, batch: Batch): Promise<string | undefined> {
  const { changed, reason } = await runner.ask(session =>
    ifChanged({ ...runner.settings, env: process.env, session }, batch),
  )
  return changed ? undefined : reason
}
