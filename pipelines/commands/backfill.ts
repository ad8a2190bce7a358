import { Command } from 'commander'
import type { Decision } from '../backfill/decide.ts'
import type { BatchOutcome } from '../backfill/outcome.ts'
import { parseSource } from '../batch.ts'
import { exitCode, wholeNumber, withBatchFlags } from './batch-flags.ts'
import { type DecideFlags, decideFromFlags, tellDecisions, withDecideFlags } from './plan.ts'
import { type ManyFlags, runMany } from './run-many.ts'
import { withRunner } from './runner.ts'

type BackfillFlags = ManyFlags & DecideFlags & { readonly dryRun?: boolean }

/** `caseload backfill [sources...]` */
export function backfillCommand(): Command {
  return withManyFlags(withDecideFlags(new Command('backfill')))
    .description(
      'Run every batch of some sources and days that is not published yet, several at once, each on its own: one that ' +
        'fails stops no other. To call it again, also after it was killed, runs what is left.',
    )
    .argument('[sources...]', 'sources or their sites; all that have a folder below the landing root, if none is given')
    .option('--dry-run', 'print what would be run and why, and run nothing')
    .option('--strict', 'a day without a landing folder is a failure too')
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
    const decisions = await decideFromFlags(runner.target, runner.settings, { ...flags, sources })
    if (flags.dryRun === true) {
      tellDecisions(decisions, flags)
      return
    }
    const tasks = decisions
      .filter(one => one.action === 'run')
      .map(({ source, date, reason }) => ({ batch: { source, date }, reason }))
    await runMany(runner, tasks, decisions.filter(one => one.action === 'skip').map(leftOut), flags)
  })
}

function leftOut({ source, date, kind, reason }: Decision): BatchOutcome {
  return { batch: { source, date }, outcome: kind === 'no delivery' ? 'no delivery' : 'skipped', reason }
}

/** Adds the flags of a command that runs several batches. */
export function withManyFlags(command: Command): Command {
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
