import { type Command, InvalidArgumentError } from 'commander'
import { parseDate, parseSource } from '../../source/batch.ts'
import { RefusedError } from '../../platform/errors.ts'
import { diffBatch } from '../../operate/plan/diff-batch.ts'
import { planText } from '../../operate/plan/diff-text.ts'
import type { BatchFlags } from './flags-batch.ts'
import { printJson } from './with-target.ts'
import { runnable } from './run.ts'
import { withBatchRunner, workOnOne } from './runner.ts'

/** Flags of `caseload plan <source> <date>`, besides those of a command that runs batches. */
export interface PlanBatchFlags extends BatchFlags {
  /** True for the flag without a number. */
  readonly showKeys?: number | true
}

const usualKeys = 20
const mostKeys = 10_000

/** Adds what only the plan of one batch takes. */
export function withPlanBatchFlags(command: Command): Command {
  return command.option(
    '--show-keys [n]',
    `with a source and a date: print the keys of up to n rows (${usualKeys}) of each kind of change and table. Keys are ` +
      "patients' data: mind where the output goes",
    keyLimit,
  )
}

/**
 * Prints what a run of one batch would change, and changes nothing.
 *
 * @throws RefusedError after it printed, if a run would be refused: exit 3 tells a pipeline so
 */
export async function planBatch(sourceName: string, dateText: string, flags: PlanBatchFlags): Promise<void> {
  const batch = { source: parseSource(sourceName), date: parseDate(dateText) }
  await runnable(batch, flags)
  const keys = flags.showKeys === true ? usualKeys : (flags.showKeys ?? 0)
  const plan = await withBatchRunner(flags, runner => workOnOne(runner, batch, parts => diffBatch(parts, keys)))
  if (flags.json === true) printJson(plan)
  else process.stdout.write(planText(plan))
  if (plan.refusal === null) return
  throw new RefusedError(`A run of ${batch.source} ${batch.date} would be refused: ${plan.refusal}`)
}

function keyLimit(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (value >= 1 && value <= mostKeys) return value
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${mostKeys}.`)
}
