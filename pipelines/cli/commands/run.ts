import { Command } from 'commander'
import type { Batch } from '../../source/batch.ts'
import { NoDeliveryError, SupersededError, SkippedError } from '../../platform/errors.ts'
import { recovered } from '../../operate/notices/notice.ts'
import { ifChanged } from '../../operate/staleness/if-changed.ts'
import { batchArgument } from './batch-argument.ts'
import { commandLog } from './command-log.ts'
import { exitCode } from './flag-values.ts'
import { type BatchFlags, withOneBatchFlags } from './flags-batch.ts'
import { printJson } from './print-json.ts'
import { newsOfFailure, type NoticeFlags, type Notices, withNoticeFlags, withNotices } from './notices.ts'
import { reportAfter, type ReportAfterFlags, withReportFlag } from './report-after.ts'
import { requireRunnable, runOneBatch, withOneBatchRunner } from './run-one-batch.ts'
import { runSummary } from './run-summary.ts'
import type { Runner } from './runner.ts'

interface RunFlags extends BatchFlags, NoticeFlags, ReportAfterFlags {
  readonly ifChanged?: boolean
  readonly skipExitCode?: number
}

/** `caseload run <source> <date>` */
export function runCommand(): Command {
  return withReportFlag(withNoticeFlags(withOneBatchFlags(new Command('run'))), 'when the batch has ended')
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
  caseload run icu 2023-05-01 --if-changed --skip-exit-code 99
  caseload run icu yesterday --notify`,
    )
    .action(run)
}

async function run(source: string, date: string, flags: RunFlags): Promise<void> {
  const batch = await batchArgument(source, date)
  await requireRunnable(batch, flags)
  await withNotices(flags, notices =>
    withOneBatchRunner(flags, 'makes', runner => runAndTell(runner, batch, flags, notices)),
  )
}

/** @throws CaseloadError of the kind that fits */
async function runAndTell(runner: Runner, batch: Batch, flags: RunFlags, notices: Notices): Promise<void> {
  const target = { openSession: runner.openAtOnce }
  try {
    const isPublished = await runIfNeeded(runner, batch, flags)
    const well = isPublished ? [recovered(batch, 'published')] : []
    await notices.tell({ troubles: [], well }, target, runner.stopping)
  } catch (error) {
    notices.cover()
    await notices.tell(newsOfFailure(batch, error), target, runner.stopping)
    throw error
  }
}

/** @returns true if the batch was published */
async function runIfNeeded(runner: Runner, batch: Batch, flags: RunFlags): Promise<boolean> {
  const reason = flags.ifChanged === true ? await unchangedReason(runner, batch) : undefined
  if (reason !== undefined) {
    reportNothingToDo(batch, flags, reason)
    return false
  }
  try {
    const result = await runOneBatch(runner, batch, flags, flags.ifChanged === true ? runner.begunAt : undefined)
    if (flags.json === true) printJson(result)
    else process.stdout.write(runSummary(result))
    return true
  } catch (error) {
    if (error instanceof NoDeliveryError && flags.skipExitCode !== undefined) {
      throw new SkippedError(error.message, { exitCode: flags.skipExitCode })
    }
    if (!(error instanceof SupersededError) || flags.ifChanged !== true) throw error
    reportNothingToDo(batch, flags, 'another command published it or rolled it back in the meantime')
    return false
  } finally {
    await reportAfter(flags.report, { ...runner, log: commandLog(flags) })
  }
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
