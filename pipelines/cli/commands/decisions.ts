import { type Decided, decideBatches, problemsError } from '../../operate/backfill/decide-batches.ts'
import type { Decision } from '../../operate/backfill/decide.ts'
import { decisionsText } from '../../operate/backfill/decide-text.ts'
import { CaseloadError } from '../../platform/errors.ts'
import { futureError } from '../../landing/future-day.ts'
import { countText } from '../../platform/count-text.ts'
import type { Settings } from '../../source/settings.ts'
import type { Target } from '../../embedded/target.ts'
import type { DecideFlags } from './flags-decide.ts'
import { tableStyle } from './for-people.ts'
import { printJson } from './print-json.ts'

/** Decides which batches the flags select, in a session of its own, see {@link decideBatches}. */
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

/** How decisions are printed. */
interface PrintDecidedOptions {
  readonly json?: boolean
  readonly strict?: boolean
}

/**
 * Prints decisions, then fails if a source could not be decided about, and as a backfill with --strict would.
 *
 * @throws MissingInputError or UsageError if a source's folder cannot be read or its module cannot be loaded
 * @throws UsageError if a batch is left out because its day is past tomorrow
 * @throws CaseloadError with `strict`, if a day has no landing folder
 */
export function printDecided({ decisions, problems }: Decided, options: PrintDecidedOptions): void {
  if (decisions.length > 0 || problems.length === 0) printDecisions(decisions, options)
  if (problems.length > 0) throw problemsError(problems)
  const future = decisions.filter(one => one.kind === 'future')
  if (future.length > 0) throw futureError(future, new Date())
  const absent = options.strict === true ? decisions.filter(one => one.kind === 'not_delivered').length : 0
  if (absent === 0) return
  throw new CaseloadError(
    `A backfill with --strict fails: without a landing folder, ${countText(absent, 'batch', 'batches')}.`,
  )
}

/** With `--json`, an array of {source, date, action, reason}; else text that fits a screen. */
function printDecisions(decisions: readonly Decision[], { json, strict }: PrintDecidedOptions): void {
  if (json === true) printJson(decisions.map(({ source, date, action, reason }) => ({ source, date, action, reason })))
  else process.stdout.write(decisionsText(decisions, strict, tableStyle()))
}
