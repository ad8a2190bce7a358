import { Command } from 'commander'
import { parseSource } from '../../source/batch.ts'
import { isRelativeDay } from '../../source/relative-day.ts'
import { UsageError } from '../../platform/errors.ts'
import { readSettings } from '../../source/settings.ts'
import { decideFromFlags, printDecided } from './decisions.ts'
import { type BatchFlags, withBatchFlags } from './flags-batch.ts'
import { type DecideFlags, rangeFlags, withDecideFlags } from './flags-decide.ts'
import { planBatch, type PlanBatchFlags, withPlanBatchFlags } from './plan-batch.ts'
import { withTarget } from './with-target.ts'

type PlanFlags = DecideFlags & PlanBatchFlags & BatchFlags

/** `caseload plan [sources...]` and `caseload plan <source> <date>` */
export function planCommand(): Command {
  return withPlanBatchFlags(withDecideFlags(withBatchFlags(new Command('plan'))))
    .description(
      'List what a backfill would do and why, and run nothing. With one source and one day: load that batch, compare it ' +
        'with what is published, by key, and publish nothing.',
    )
    .argument('[sources...]', 'sources or their sites, default all; or one source and a day')
    .addHelpText(
      'after',
      `
The range includes both ends. A published batch is stale if a file, the code of its source, a contract, the mask or the
engine changed; a change of code outside the folder of the source is not detected. The list runs nothing: --timeout,
--max-bad-rows, --allow-shrink, --retries, --keep and --run-id only apply to one source and one day.

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
        throw new UsageError('--show-keys needs one source and one day: caseload plan <source> <date>.')
      const sources = names.map(parseSource)
      const settings = readSettings(flags, process.env, process.cwd())
      printDecided(
        await withTarget(flags, 'reads', target => decideFromFlags(target, settings, { ...flags, sources })),
        flags,
      )
    })
}

/**
 * No source begins with a digit or a dash, so a second word that does is a day; so are `today` and `yesterday`.
 *
 * @throws UsageError if a flag of a range is given with it, by flag or by variable
 */
function batchOf(words: readonly string[], command: Command): { source: string; date: string } | undefined {
  const [source, date, ...more] = words
  if (source === undefined || date === undefined || more.length > 0 || !isDay(date)) return undefined
  const given = rangeFlags.flatMap(name => givenAs(command, name))
  if (given.length === 0) return { source, date }
  throw new UsageError(`The plan of one batch, ${source} ${date}, takes no range: leave out ${given.join(', ')}.`)
}

const isDay = (word: string): boolean => /^\d/.test(word) || isRelativeDay(word)

/** How the caller gave a flag: `--from`, or `CASELOAD_FROM` of the environment; empty if it has its default. */
function givenAs(command: Command, name: string): readonly string[] {
  const how = command.getOptionValueSource(name)
  if (how === 'cli') return [`--${name}`]
  const option = command.options.find(one => one.attributeName() === name)
  return how === 'env' && option?.envVar !== undefined ? [`${option.envVar} of the environment`] : []
}
