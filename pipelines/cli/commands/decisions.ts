import { type Decided, decideBatches, problemsError } from '../../operate/backfill/decide-batches.ts'
import type { Decision } from '../../operate/backfill/decide.ts'
import { decisionsText } from '../../operate/backfill/decide-text.ts'
import { CaseloadError } from '../../platform/errors.ts'
import { futureError } from '../../landing/future-day.ts'
import { countText } from '../../platform/count-text.ts'
import { loadSource } from '../../source/load-source.ts'
import { datesAnywhere, dayIn, isRelativeDay } from '../../source/relative-day.ts'
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
  const { sources, reprocess, reverse = false, strict = false, allowFuture } = flags
  const now = new Date()
  // Each source has its own today: decide about the days that it is anywhere, then keep those of each source.
  const from = flags.from === undefined ? undefined : datesAnywhere(flags.from, now).earliest
  const to = flags.to === undefined ? undefined : datesAnywhere(flags.to, now).latest
  const session = await target.openSession('caseload')
  try {
    const asked = { sources, from, to, reprocess, reverse, strict, allowFuture }
    const decided = await decideBatches({ ...settings, env: process.env, session, now }, asked)
    return { ...decided, decisions: await ofOwnDays(decided.decisions, flags, settings.sourceFolders, now) }
  } finally {
    await session.end()
  }
}

/** The decisions about days from `from` to `to` as they are in the zone of each source. */
async function ofOwnDays(
  decisions: readonly Decision[],
  { from, to }: DecideFlags,
  folders: readonly string[],
  now: Date,
): Promise<readonly Decision[]> {
  if (![from, to].some(day => day !== undefined && isRelativeDay(day))) return decisions
  const zones = new Map<string, string>()
  for (const source of new Set(decisions.map(one => one.source))) {
    zones.set(source, await zoneNow(source, folders))
  }
  return decisions.filter(({ source, date }) => {
    const zone = zones.get(source) ?? 'UTC'
    return (from === undefined || date >= dayIn(zone, from, now)) && (to === undefined || date <= dayIn(zone, to, now))
  })
}

/** Of a source whose code is gone nothing runs, whatever its days are. */
async function zoneNow(source: string, folders: readonly string[]): Promise<string> {
  try {
    return (await loadSource(source, folders)).transformer.zone
  } catch (error) {
    if (error instanceof CaseloadError) return 'UTC'
    throw error
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

const decisionJson = ({ source, date, action, reason, lastError }: Decision): object => ({
  source,
  date,
  action,
  reason,
  ...(lastError === undefined ? {} : { lastError }),
})

/** With `--json`, an array of {source, date, action, reason}, and lastError after a failed run; else text that fits a screen. */
function printDecisions(decisions: readonly Decision[], { json, strict }: PrintDecidedOptions): void {
  if (json === true) printJson(decisions.map(decisionJson))
  else process.stdout.write(decisionsText(decisions, strict, tableStyle()))
}
