import { type Command, InvalidArgumentError } from 'commander'
import { RefusedError } from '../../platform/errors.ts'
import { diffBatch } from '../../operate/plan/diff-batch.ts'
import { planText } from '../../operate/plan/diff-text.ts'
import { batchArgument } from './batch-argument.ts'
import type { BatchFlags } from './flags-batch.ts'
import { tableStyle, utcOption } from './for-people.ts'
import { printJson } from './print-json.ts'
import { requireRunnable, withOneBatchRunner, workOnOneBatch } from './run-one-batch.ts'

/** Flags of `caseload plan <source> <date>`, besides those of a command that runs batches. */
export interface PlanBatchFlags extends BatchFlags {
  /** True for the flag without a number. */
  readonly showKeys?: number | true
  readonly utc?: boolean
}

const defaultKeys = 20
const maxKeys = 10_000

/** Adds the flags that only the plan of one batch takes. */
export function withPlanBatchFlags(command: Command): Command {
  return command
    .addOption(utcOption())
    .option(
      '--show-keys [n]',
      `with a source and a date: print the keys of up to n rows (${defaultKeys}) of each kind of change and table. Keys are ` +
        "patients' data: protect the output",
      keyLimit,
    )
}

/**
 * Prints what a run of one batch would change, and changes nothing.
 *
 * @throws RefusedError after printing, if a run would be refused: exit 3 lets a pipeline notice it
 */
export async function planBatch(sourceName: string, dateText: string, flags: PlanBatchFlags): Promise<void> {
  const batch = await batchArgument(sourceName, dateText)
  await requireRunnable(batch, flags)
  const keys = flags.showKeys === true ? defaultKeys : (flags.showKeys ?? 0)
  const plan = await withOneBatchRunner(flags, 'writes', runner =>
    workOnOneBatch(runner, batch, parts => diffBatch(parts, keys)),
  )
  if (flags.json === true) printJson(plan)
  else process.stdout.write(planText(plan, { utc: flags.utc === true, style: tableStyle() }))
  if (plan.refusal === null) return
  throw new RefusedError(`A run of ${batch.source} ${batch.date} would be refused: ${plan.refusal}`)
}

function keyLimit(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (value >= 1 && value <= maxKeys) return value
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${maxKeys}.`)
}
