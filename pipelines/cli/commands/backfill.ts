import { Command } from 'commander'
import type { Decision } from '../../operate/backfill/decide.ts'
import { commandFailed } from '../../operate/notices/notice.ts'
import type { BatchOutcome } from '../../operate/backfill/outcome.ts'
import { parseSource } from '../../source/batch.ts'
import { CaseloadError, LockedError, SkippedError } from '../../platform/errors.ts'
import { futureError } from '../../landing/future-day.ts'
import { exitCodeOf } from '../../platform/format-error.ts'
import { commandLog } from './command-log.ts'
import { decideFromFlags, printDecided } from './decisions.ts'
import { type SeveralBatchesFlags, withSeveralBatchesFlags } from './flags-batch.ts'
import { type DecideFlags, withDecideFlags } from './flags-decide.ts'
import { type NoticeFlags, type Notices, withNoticeFlags, withNotices } from './notices.ts'
import { reportAfter, type ReportAfterFlags, withReportFlag } from './report-after.ts'
import { runBatches } from './run-batches.ts'
import { type Runner, withRunner } from './runner.ts'

type BackfillFlags = SeveralBatchesFlags & DecideFlags & NoticeFlags & ReportAfterFlags & { readonly dryRun?: boolean }

/** `caseload backfill [sources...]` */
export function backfillCommand(): Command {
  const command = withNoticeFlags(withSeveralBatchesFlags(withDecideFlags(new Command('backfill'))))
  return withReportFlag(command, 'when all batches have ended')
    .description(
      'Run every unpublished batch of some sources and days, several at once. A batch that fails does not stop the others. ' +
        'Run the same command again to continue, even after it was killed.',
    )
    .argument(
      '[sources...]',
      'sources or their sites (default: all with a folder below the landing root or a published batch)',
    )
    .option('--dry-run', 'print what would run and why, and run nothing')
    .addHelpText(
      'after',
      `
The range includes both ends: --from 2023-05-01 --to 2023-05-31 is the whole of May.

Examples:
  caseload backfill --from 2023-05-01 --to 2023-05-31
  caseload backfill source_a source_b --from 2023-05-01 --to 2023-05-31 --concurrency 4
  caseload backfill icu --reprocess stale --dry-run
  caseload backfill --from 2023-05-01 --to 2023-05-31 --strict --fail-fast --json
  caseload backfill --from -7 --to yesterday --notify`,
    )
    .action(backfill)
}

async function backfill(names: readonly string[], flags: BackfillFlags): Promise<void> {
  const sources = names.map(parseSource)
  await withNotices(flags, notices =>
    withRunner(flags, { timeoutPer: 'batch', use: 'makes' }, runner => runDecided(runner, sources, flags, notices)),
  )
}

async function runDecided(
  runner: Runner,
  sources: readonly string[],
  flags: BackfillFlags,
  notices: Notices,
): Promise<void> {
  const decided = await decideFromFlags(runner.target, runner.settings, { ...flags, sources })
  const { decisions, problems } = decided
  if (flags.dryRun === true || (decisions.length === 0 && problems.length > 0)) {
    printDecided(decided, flags)
    if (decisions.every(one => one.action === 'skip') && flags.skipExitCode !== undefined)
      throw new SkippedError('Nothing to do.', { exitCode: flags.skipExitCode })
    return
  }
  for (const one of problems) commandLog(flags).warn('backfill', one.error.message)
  if (problems.length > 0) {
    const troubles = problems.map(({ source, error }) => commandFailed(error.message, exitCodeOf(error), source))
    await notices.tell({ troubles, well: [] }, undefined, runner.stopping)
    notices.cover()
  }
  const future = decisions.filter(one => one.kind === 'future')
  // The other days run first. A wrong name of a folder stays wrong on every call, so it ends the command as it ends a run.
  const error = future.length === 0 ? undefined : futureError(future, new Date())
  if (error !== undefined) commandLog(flags).warn('backfill', error.message)
  const isComplete = problems.length === 0 && error === undefined
  const tasks = decisions
    .filter(one => one.action === 'run')
    .map(({ source, date, reason, lastError }) => ({
      batch: { source, date },
      reason,
      ...(lastError === undefined ? {} : { lastError }),
    }))
  const others = decisions.filter(one => one.action === 'skip').map(skippedOutcome)
  const { skipExitCode, ...rest } = flags
  try {
    await runBatches(runner, { tasks, others, notices }, !isComplete || skipExitCode === undefined ? rest : flags)
  } catch (failure) {
    // After a problem, neither "nothing to do" nor "locked, try later" would be the whole truth.
    if (isComplete || !(failure instanceof LockedError)) throw failure
  } finally {
    await reportAfter(flags.report, { ...runner, log: commandLog(flags) })
  }
  if (problems.length === 0 && error !== undefined) throw error
  if (isComplete) return
  const left = problems.map(one => one.source).join(', ')
  throw new CaseloadError(`Nothing could be decided about ${left}, see the warnings above; the other sources were run.`)
}

function skippedOutcome({ source, date, kind, reason, lastError, deliveredSince }: Decision): BatchOutcome {
  const outcome = kind === 'not_delivered' ? 'not_delivered' : 'skipped'
  return {
    batch: { source, date },
    outcome,
    reason,
    ...(lastError === undefined ? {} : { lastError }),
    ...(deliveredSince === true ? { deliveredSince } : {}),
  }
}
