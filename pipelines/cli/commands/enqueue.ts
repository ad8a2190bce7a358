import { Command } from 'commander'
import { readMask } from '../../contract/mask/key.ts'
import { futureError } from '../../landing/future-day.ts'
import type { Decision } from '../../operate/backfill/decide.ts'
import { makeQueue, openBoss } from '../../operate/queue/boss.ts'
import { enqueue, type Enqueued } from '../../operate/queue/enqueue.ts'
import { fitOf, newCodeRefusal } from '../../operate/queue/fits.ts'
import { countText, numberText } from '../../platform/count-text.ts'
import { CaseloadError, SkippedError, UsageError } from '../../platform/errors.ts'
import { parseSource } from '../../source/batch.ts'
import { lateText } from '../progress/backfill-summary.ts'
import { commandLog } from './command-log.ts'
import { decideFromFlags, printDecided } from './decisions.ts'
import { exitCode, wholeNumber } from './flag-values.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { type DecideFlags, withDecideFlags } from './flags-decide.ts'
import { jobsOf } from './jobs-of.ts'
import { printJson } from './print-json.ts'
import { type Runner, withRunner } from './runner.ts'

interface EnqueueFlags extends CommonFlags, DecideFlags {
  readonly dryRun?: boolean
  readonly tries: number
  readonly acceptCode?: boolean
  readonly skipExitCode?: number
  readonly json?: boolean
}

/** `caseload enqueue [sources...]` */
export function enqueueCommand(): Command {
  return withCommonFlags(withDecideFlags(new Command('enqueue')))
    .description(
      'Put the batches that a backfill would run into the queue, one job each; caseload worker runs them. A batch that waits is ' +
        'not queued twice. One that runs is queued once more, and runs again afterwards.',
    )
    .argument(
      '[sources...]',
      'sources or their sites (default: all with a folder below the landing root or a published batch)',
    )
    .option('--dry-run', 'print what would be queued and why, and queue nothing')
    .option(
      '--tries <n>',
      'how often to try a batch whose worker or engine died, whose time ran out or whose database was lost; then its job is ' +
        'dead. Errors in the data are never tried again',
      wholeNumber(1, 100),
      3,
    )
    .option(
      '--accept-code',
      'let workers run the code of this machine although it differs from that of the last publish',
    )
    .option('--allow-future', 'accept a day that is past tomorrow in every time zone')
    .option('--skip-exit-code <code>', 'exit with this code instead of 0 if there is nothing to do', exitCode)
    .option('--json', 'print one JSON array')
    .addHelpText(
      'after',
      `
The range includes both ends. Make the queue before with caseload migrate, or let the first caseload enqueue make it.

Examples:
  caseload enqueue --from 2023-05-01 --to 2023-05-31
  caseload enqueue icu --reprocess stale --accept-code
  caseload enqueue --from yesterday --to yesterday --strict --json`,
    )
    .action(enqueueBatches)
}

async function enqueueBatches(names: readonly string[], flags: EnqueueFlags): Promise<void> {
  const sources = names.map(parseSource)
  const batchFlags = { ...flags, retries: 5, keep: 1, marts: false }
  await withRunner(batchFlags, { timeoutPer: 'batch', use: 'makes' }, async runner => {
    const decided = await decideFromFlags(runner.target, runner.settings, { ...flags, sources })
    const { decisions, problems } = decided
    if (flags.dryRun === true || (decisions.length === 0 && problems.length > 0)) {
      printDecided(decided, flags)
      return
    }
    for (const one of problems) commandLog(flags).warn('enqueue', one.error.message)
    const done = await queueAll(runner, decisions, flags)
    printEnqueued(done, decisions, flags)
    const future = decisions.filter(one => one.kind === 'future')
    if (future.length > 0) throw futureError(future, new Date())
    if (problems.length > 0) {
      const left = problems.map(one => one.source).join(', ')
      throw new CaseloadError(`Nothing could be decided about ${left}, see the warnings above; the others were queued.`)
    }
    const absent = flags.strict === true ? decisions.filter(one => one.kind === 'not_delivered').length : 0
    if (absent > 0) throw new CaseloadError(`Without a landing folder: ${countText(absent, 'batch', 'batches')}.`)
    if (done.queued.length === 0 && flags.skipExitCode !== undefined) {
      throw new SkippedError('Nothing to do.', { exitCode: flags.skipExitCode })
    }
  })
}

async function queueAll(runner: Runner, decisions: readonly Decision[], flags: EnqueueFlags): Promise<Enqueued> {
  const { sourceFolders } = runner.settings
  const run = decisions.filter(one => one.action === 'run')
  return runner.ask(async session => {
    const codes = new Map<string, string | null>()
    const changed: string[] = []
    for (const source of new Set(run.map(one => one.source))) {
      const fit = await fitOf({ session, sourceFolders, mask: readMask(process.env) }, source)
      if (fit.refusal !== undefined) throw new UsageError(`${source} cannot be queued: ${fit.refusal}.`)
      if (fit.hasNewCode && flags.acceptCode !== true) changed.push(source)
      codes.set(source, flags.acceptCode === true ? fit.code : null)
    }
    if (changed.length > 0) {
      throw new UsageError(`Nothing was queued. ${changed.join(', ')}: ${newCodeRefusal}.`)
    }
    const jobs = await jobsOf(decisions, { sourceFolders, strict: flags.strict === true, acceptedCodes: codes })
    await makeQueue(session)
    return enqueue({ session, boss: await openBoss(session) }, jobs, flags.tries)
  })
}

function printEnqueued(
  { queued, waiting }: Enqueued,
  decisions: readonly Decision[],
  { json }: Pick<EnqueueFlags, 'json'>,
): void {
  const late = decisions.filter(one => one.deliveredSince === true)
  const rows = [
    ...queued.map(one => ({ ...one, outcome: 'queued' })),
    ...waiting.map(one => ({ ...one, outcome: 'waiting' })),
    ...late.map(one => ({ ...one, outcome: 'dismissed' })),
  ]
  if (json === true) {
    printJson(rows.map(({ source, date, reason, outcome }) => ({ source, date, reason, outcome })))
    return
  }
  const already = waiting.length === 0 ? '' : ` ${countText(waiting.length, 'batch waits', 'batches wait')} already.`
  const skipped = late.length === 0 ? '' : ` ${numberText(late.length)} dismissed and delivered since.`
  process.stdout.write(`Queued: ${countText(queued.length, 'batch', 'batches')}.${already}${skipped}\n`)
  process.stdout.write(lateText(late.map(batch => ({ batch }))))
}
