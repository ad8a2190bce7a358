import { Command } from 'commander'
import type { Decision } from '../../operate/backfill/decide.ts'
import type { BatchOutcome } from '../../operate/backfill/outcome.ts'
import { parseSource } from '../../source/batch.ts'
import { CaseloadError, LockedError, SkippedError } from '../../platform/errors.ts'
import { futureError } from '../../landing/future-day.ts'
import { exitCode, wholeNumber, withBatchFlags } from './flags-batch.ts'
import { commandLog } from './command-log.ts'
import { type DecideFlags, decideFromFlags, tellDecided, withDecideFlags } from './plan.ts'
import { type SeveralBatchesFlags, runBatches } from './run-batches.ts'
import { withRunner } from './runner.ts'

type BackfillFlags = SeveralBatchesFlags & DecideFlags & { readonly dryRun?: boolean }

/** `caseload backfill [sources...]` */
export function backfillCommand(): Command {
  return withSeveralBatchesFlags(withDecideFlags(new Command('backfill')))
    .description(
      'Run every batch of some sources and days that is not published yet, several at once, each on its own: one that ' +
        'fails stops no other. To call it again, also after it was killed, runs what is left.',
    )
    .argument(
      '[sources...]',
      'sources or their sites; if none is given, all with a folder below the landing root or a published batch in the ledger',
    )
    .option('--dry-run', 'print what would be run and why, and run nothing')
    .addHelpText(
      'after',
      `
Both ends of the range are included: --from 2023-05-01 --to 2023-05-31 is the whole of May.

Examples:
  caseload backfill --from 2023-05-01 --to 2023-05-31
  caseload backfill source_a source_b --from 2023-05-01 --to 2023-05-31 --concurrency 4
  caseload backfill icu --reprocess stale --dry-run
  caseload backfill --from 2023-05-01 --to 2023-05-31 --strict --fail-fast --json`,
    )
    .action(backfill)
}

async function backfill(names: readonly string[], flags: BackfillFlags): Promise<void> {
  const sources = names.map(parseSource)
  await withRunner(flags, async runner => {
    const decided = await decideFromFlags(runner.target, runner.settings, { ...flags, sources })
    const { decisions, problems } = decided
    if (flags.dryRun === true || (decisions.length === 0 && problems.length > 0)) {
      tellDecided(decided, flags)
      if (decisions.every(one => one.action === 'skip') && flags.skipExitCode !== undefined)
        throw new SkippedError('Nothing to do.', { exitCode: flags.skipExitCode })
      return
    }
    for (const one of problems) commandLog(flags).warn('backfill', one.error.message)
    const future = decisions.filter(one => one.kind === 'future')
    // The other days are run; a name that is wrong stays wrong however often this is called, so it ends as a run of it does.
    const error = future.length === 0 ? undefined : futureError(future, new Date())
    if (error !== undefined) commandLog(flags).warn('backfill', error.message)
    const isWhole = problems.length === 0 && error === undefined
    const tasks = decisions
      .filter(one => one.action === 'run')
      .map(({ source, date, reason }) => ({ batch: { source, date }, reason }))
    const others = decisions.filter(one => one.action === 'skip').map(leftOut)
    const { skipExitCode, ...rest } = flags
    // What cannot be decided about is no reason to say that there was nothing to do, or that to wait is enough.
    await runBatches(runner, tasks, others, !isWhole || skipExitCode === undefined ? rest : flags).catch(
      (failure: unknown) => {
        if (isWhole || !(failure instanceof LockedError)) throw failure
      },
    )
    if (problems.length === 0 && error !== undefined) throw error
    if (isWhole) return
    const left = problems.map(one => one.source).join(', ')
    throw new CaseloadError(
      `Nothing could be decided about ${left}, see the warnings above; the other sources were run.`,
    )
  })
}

function leftOut({ source, date, kind, reason }: Decision): BatchOutcome {
  return { batch: { source, date }, outcome: kind === 'not_delivered' ? 'not_delivered' : 'skipped', reason }
}

/** Adds the flags of a command that runs several batches. */
export function withSeveralBatchesFlags(command: Command): Command {
  return withBatchFlags(command)
    .option(
      '--concurrency <n>',
      'batches at once, each in a process of its own (default: as many as there are cores, as far as the server has ' +
        'connections for them)',
      wholeNumber(1, 256),
    )
    .option('--fail-fast', 'begin no further batch once one failed')
    .option('--skip-exit-code <code>', 'exit with this code instead of 0 where there was nothing to do', exitCode)
}
