import { Command } from 'commander'
import { type Batch, parseDate, parseSource } from '../../source/batch.ts'
import { NoDeliveryError, SupersededError, SkippedError } from '../../platform/errors.ts'
import { ifChanged } from '../../operate/staleness/if-changed.ts'
import { requirePossibleDay } from '../../landing/future-day.ts'
import { runBatch, type RunResult } from '../../run/run-batch.ts'
import { redactor } from '../../platform/redact.ts'
import { readSettings } from '../../source/settings.ts'
import { loadSource } from '../../source/load-source.ts'
import { runObserved } from '../../run/run-observed.ts'
import { telemetryOfOneRun } from '../../telemetry/telemetry.ts'
import { type BatchFlags, exitCode, withBatchFlags } from './flags-batch.ts'
import { printJson } from './with-target.ts'
import { runSummary } from './run-summary.ts'
import { type Runner, withBatchRunner, workOnOne } from './runner.ts'

interface RunFlags extends BatchFlags {
  readonly ifChanged?: boolean
  readonly skipExitCode?: number
}

/** `caseload run <source> <date>` */
export function runCommand(): Command {
  return withRunFlags(new Command('run'))
    .description('Replace one batch: read its landing files, check, stage and publish all its tables at once.')
    .option(
      '--if-changed',
      'do nothing where files, code and contracts are those of the published batch, or where it was rolled back; ' +
        'without it the batch is always replaced',
    )
    .option(
      '--skip-exit-code <code>',
      'exit with this code where --if-changed found nothing to do, and where there is no landing folder for the day; ' +
        '99 makes Airflow skip the task',
      exitCode,
    )
    .addHelpText(
      'after',
      `
Examples:
  caseload run source_a 20230501
  caseload run source_a__north 2023-05-01 --landing /mnt/landing
  caseload run icu 2023-05-01 --if-changed --skip-exit-code 99`,
    )
    .action(run)
}

async function run(source: string, date: string, flags: RunFlags): Promise<void> {
  const batch = { source: parseSource(source), date: parseDate(date) }
  await runnable(batch, flags)
  await withBatchRunner(flags, async runner => {
    const reason = flags.ifChanged === true ? await unchangedReason(runner, batch) : undefined
    if (reason !== undefined) {
      nothingToDo(batch, flags, reason)
      return
    }
    try {
      const result = await runOne(runner, batch, flags.ifChanged === true ? runner.begunAt : undefined)
      if (flags.json === true) printJson(result)
      else process.stdout.write(runSummary(result))
    } catch (error) {
      if (error instanceof NoDeliveryError && flags.skipExitCode !== undefined) {
        throw new SkippedError(error.message, { exitCode: flags.skipExitCode })
      }
      if (!(error instanceof SupersededError) || flags.ifChanged !== true) throw error
      nothingToDo(batch, flags, 'another command has published it meanwhile, or has put a version back')
    }
  })
}

/** @throws SkippedError where the caller has a code for it */
function nothingToDo(batch: Batch, flags: RunFlags, reason: string): void {
  const line = `${batch.source} ${batch.date}: nothing to do, ${reason}.`
  if (flags.json === true) printJson({ batch, skipped: reason })
  if (flags.skipExitCode !== undefined) throw new SkippedError(line, { exitCode: flags.skipExitCode })
  if (flags.json !== true) process.stdout.write(`${line}\n`)
}

/** @returns why a run would change nothing; undefined where it would */
async function unchangedReason(runner: Runner, batch: Batch): Promise<string | undefined> {
  const { changed, reason } = await runner.ask(session =>
    ifChanged({ ...runner.settings, env: process.env, session }, batch),
  )
  return changed ? undefined : reason
}

/** Runs the only batch of a command, and tells whoever the environment asks to be told of it. */
function runOne(runner: Runner, batch: Batch, skipIfPublishedSince?: string): Promise<RunResult> {
  const telemetries = telemetryOfOneRun(runner.target.url, process.env, process.cwd())
  return workOnOne(
    runner,
    batch,
    parts => runObserved(parts, telemetries, redactor(process.env), runBatch),
    skipIfPublishedSince,
  )
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
export async function runFromFlags(batch: Batch, flags: BatchFlags): Promise<RunResult> {
  await runnable(batch, flags)
  return withBatchRunner(flags, runner => runOne(runner, batch))
}

/** A source that is not there, and a day that cannot be, are said before a server is asked. */
export async function runnable(batch: Batch, flags: BatchFlags): Promise<void> {
  requirePossibleDay(batch, flags.allowFuture, new Date())
  await loadSource(batch.source, readSettings(flags, process.env, process.cwd()).sourceFolders)
}
