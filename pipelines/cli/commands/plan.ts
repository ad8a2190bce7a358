import { Command, Option } from 'commander'
import { type Decided, decideBatches, problemsError } from '../../operate/backfill/decide-batches.ts'
import { type Decision, type Reprocess, reprocessLevels } from '../../operate/backfill/decide.ts'
import { decisionsText } from '../../operate/backfill/decide-text.ts'
import { parseDate, parseSource } from '../../source/batch.ts'
import { CaseloadError, UsageError } from '../../platform/errors.ts'
import { futureError } from '../../landing/future-day.ts'
import { countText } from '../progress/format.ts'
import { readSettings, type Settings } from '../../source/settings.ts'
import type { Target } from '../../embedded/target.ts'
import { type BatchFlags, withBatchFlags } from './flags-batch.ts'
import { printJson, withTarget } from './with-target.ts'
import { planBatch, type PlanBatchFlags, withPlanBatchFlags } from './plan-batch.ts'

/** Which batches a command line asks for. */
export interface DecideFlags {
  /** `yyyy-mm-dd` */
  readonly from?: string
  /** `yyyy-mm-dd`, itself included. */
  readonly to?: string
  readonly reprocess: Reprocess
  readonly reverse?: boolean
  /** Every day without a delivery is a failure. */
  readonly strict?: boolean
  /** Days past tomorrow are run too. */
  readonly allowFuture?: boolean
}

type PlanFlags = DecideFlags & PlanBatchFlags & BatchFlags

/** `caseload plan [sources...]` and `caseload plan <source> <date>` */
export function planCommand(): Command {
  return withPlanBatchFlags(withDecideFlags(withBatchFlags(new Command('plan'))))
    .description(
      'List what a backfill would do and why, and run nothing. With one source and one day: load that batch aside, compare ' +
        'it with what is published, by key, and publish nothing.',
    )
    .argument('[sources...]', 'sources or their sites, all by default; or one source and a day')
    .addHelpText(
      'after',
      `
Both ends of the range are included. A file that has changed, the code of the source, a contract, the mask or the engine
make a published batch stale; a change of code outside of the source's folder is not seen. A list runs nothing: --timeout,
--max-bad-rows, --allow-shrink, --retries, --keep and --run-id count only with one source and one day.

Examples:
  caseload plan --from 2023-05-01 --to 2023-05-31
  caseload plan source_a source_b --reprocess stale
  caseload plan --json
  caseload plan source_a 2023-05-01`,
    )
    .action(async (names: readonly string[], flags: PlanFlags, command: Command) => {
      const batch = batchOf(names, command)
      if (batch !== undefined) return planBatch(batch.source, batch.date, flags)
      if (flags.showKeys !== undefined)
        throw new UsageError('--show-keys goes with one source and one day: caseload plan <source> <date>.')
      const sources = names.map(parseSource)
      const settings = readSettings(flags, process.env, process.cwd())
      tellDecided(await withTarget(flags, target => decideFromFlags(target, settings, { ...flags, sources })), flags)
    })
}

/** Adds the flags that say which batches are meant. */
export function withDecideFlags(command: Command): Command {
  return command
    .option('--from <date>', 'first day, 20230501 or 2023-05-01 (default: the first day that was delivered)', parseDate)
    .option(
      '--to <date>',
      'last day, which is included (default: the last day that was delivered; with --from or --strict yesterday, if ' +
        'that is later)',
      parseDate,
    )
    .addOption(
      new Option(
        '--reprocess <which>',
        'each includes those before it. missing: what was delivered and is not published; failed: and what is published, ' +
          'while its newest run failed; stale: and what changed since it was published; all: everything that was ' +
          'delivered. A batch that was rolled back is held, and left alone until a plain run',
      )
        .choices(reprocessLevels)
        .default('missing'),
    )
    .option('--reverse', 'begin with the newest day')
    .option('--strict', 'a day that would be run, or is due, and has no landing folder is a failure too (exit 1)')
}

/**
 * No source begins with a digit, so a second word that does is a day.
 *
 * @throws UsageError if a flag of a range is given with it, by whichever way
 */
function batchOf(words: readonly string[], command: Command): { source: string; date: string } | undefined {
  const [source, date, ...more] = words
  if (source === undefined || date === undefined || more.length > 0 || !/^\d/.test(date)) return undefined
  const given = ['from', 'to', 'reprocess', 'reverse', 'strict'].flatMap(name => givenAs(command, name))
  if (given.length === 0) return { source, date }
  throw new UsageError(
    `The plan of one batch, ${source} ${date}, is of that batch alone: leave out ${given.join(', ')}.`,
  )
}

/** How a caller gave a flag: `--from`, or `CASELOAD_FROM` of the environment; nothing where it has its default. */
function givenAs(command: Command, name: string): readonly string[] {
  const how = command.getOptionValueSource(name)
  if (how === 'cli') return [`--${name}`]
  const option = command.options.find(one => one.attributeName() === name)
  return how === 'env' && option?.envVar !== undefined ? [`${option.envVar} of the environment`] : []
}

/** Decides over a session of its own as the flags ask, see {@link decideBatches}. */
export async function decideFromFlags(
  target: Target,
  settings: Settings,
  flags: DecideFlags & { readonly sources: readonly string[] },
): Promise<Decided> {
  const { sources, from, to, reprocess, reverse = false, strict = false, allowFuture } = flags
  const session = await target.openSession('caseload')
  try {
    const asked = { sources, from, to, reprocess, reverse, strict, allowFuture }
    return await decideBatches({ ...settings, env: process.env, session, now: new Date() }, asked)
  } finally {
    await session.end()
  }
}

/** How decisions are told. */
interface TellFlags {
  readonly json?: boolean
  readonly strict?: boolean
}

/**
 * Prints what was decided, and fails after it for what could not be, and as a backfill with --strict would.
 *
 * @throws MissingInputError or UsageError if a source's folder cannot be read or its module not be loaded
 * @throws UsageError if a batch is left out because its day is past tomorrow
 * @throws CaseloadError with `strict`, if a day has no landing folder
 */
export function tellDecided({ decisions, problems }: Decided, flags: TellFlags): void {
  if (decisions.length > 0 || problems.length === 0) tellDecisions(decisions, flags)
  if (problems.length > 0) throw problemsError(problems)
  const future = decisions.filter(one => one.kind === 'future')
  if (future.length > 0) throw futureError(future, new Date())
  const absent = flags.strict === true ? decisions.filter(one => one.kind === 'not_delivered').length : 0
  if (absent === 0) return
  throw new CaseloadError(
    `A backfill with --strict fails: without a landing folder, ${countText(absent, 'batch', 'batches')}.`,
  )
}

/** Prints decisions: with `--json` an array of {source, date, action, reason}, else what fits a screen. */
function tellDecisions(decisions: readonly Decision[], { json, strict }: TellFlags): void {
  if (json === true) printJson(decisions.map(({ source, date, action, reason }) => ({ source, date, action, reason })))
  else process.stdout.write(decisionsText(decisions, strict))
}
