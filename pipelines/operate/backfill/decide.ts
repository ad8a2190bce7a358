import type { Staleness } from '../../source/fingerprint/staleness.ts'
import type { Schedule } from '../../source/transformer.ts'
import { daysOf, weekdayOf } from './days.ts'

/**
 * Which batches a backfill loads; each level includes those before it.
 * - `missing`: delivered and not published
 * - `failed`: and those whose newest run did not publish, while an older version is still published
 * - `stale`: and those whose files, code, contracts or engine changed since they were published
 * - `all`: and every other one that was delivered
 */
export type Reprocess = 'missing' | 'failed' | 'stale' | 'all'

/** The levels of {@link Reprocess}, from the fewest batches to the most. */
export const reprocessLevels: readonly Reprocess[] = ['missing', 'failed', 'stale', 'all']

/**
 * Why a batch runs or does not.
 * - `new`: no run ever tried it; `failed`: its newest run did not publish; `running`: a run of it is under way
 * - `stale`: something changed since it was published; `asked`: nothing did, and all were asked for
 * - `unchanged`: published, nothing to do; `held`: rolled back, and left alone until a plain run
 * - `no delivery`: it would have been run, and its landing folder is not there
 * - `no source`: the code of its source is not installed here
 * - `future`: it would have been run, and its day is past tomorrow
 */
export type DecisionKind =
  'new' | 'failed' | 'running' | 'stale' | 'asked' | 'unchanged' | 'held' | 'no delivery' | 'no source' | 'future'

/** What a backfill does with one batch, and why. */
export interface Decision {
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly date: string
  readonly action: 'run' | 'skip'
  /** One line for a person. */
  readonly reason: string
  readonly kind: DecisionKind
}

/** What the ledger knows of a batch that a run has tried. */
export interface TriedBatch {
  /** How its newest run ended, `running` while it is alive. */
  readonly lastRun: string
  /** Class of the error it ended in. */
  readonly lastError: string | null
  /** Why it is held; null where it is not. */
  readonly held: string | null
  /** Undefined where nothing of it is published. */
  readonly staleness: Staleness | undefined
}

/** Everything a decision about the batches of one source rests on. */
export interface SourceFacts {
  readonly source: string
  /** False where the code of the source is not there. */
  readonly installed: boolean
  readonly schedule: Schedule
  /** Its first day that is published, which tells the weekday of a weekly source; undefined where none is. */
  readonly firstPublished?: string | undefined
  /** The first day, `yyyy-mm-dd`, on which its schedule expects a delivery; undefined: from the first day asked for. */
  readonly expectedFrom?: string | undefined
  /** Days with a landing folder, `yyyy-mm-dd`. */
  readonly delivered: ReadonlySet<string>
  /** By day, `yyyy-mm-dd`. */
  readonly tried: ReadonlyMap<string, TriedBatch>
}

/** Which batches are asked for. */
export interface DecideOptions {
  /** First day, `yyyy-mm-dd`. */
  readonly from: string
  /** Last day, itself included. */
  readonly to: string
  readonly reprocess: Reprocess
  /** The newest day first. */
  readonly reverse: boolean
  /** Last day, `yyyy-mm-dd`, of which a delivery can be here; after it none is expected. Undefined: every day can be. */
  readonly latest?: string | undefined
  /** Days after `latest` are run too. */
  readonly allowFuture?: boolean | undefined
}

/**
 * Decides about every batch of some sources and days, both ends included. A day that was not delivered, of which nothing
 * is published or failed, and on which the schedule expects no delivery is left out; so are such days of a weekly source that
 * has never delivered, because its weekday is not known.
 *
 * @returns one decision a batch, by day (the newest first if `reverse`), then by source
 */
export function decide(sources: readonly SourceFacts[], options: DecideOptions): readonly Decision[] {
  const days = daysOf(options.from, options.to)
  const ordered = [...sources].sort((a, b) => (a.source < b.source ? -1 : 1))
  const isExpected = new Map(ordered.map(facts => [facts.source, expectation(facts)]))
  const isPast = (date: string): boolean => options.latest !== undefined && date > options.latest
  const unlessFuture = (verdict: Verdict, date: string): Verdict =>
    verdict.action === 'run' && isPast(date) && options.allowFuture !== true
      ? skip('future', `past tomorrow; ${verdict.reason}; left alone without --allow-future`)
      : verdict
  return (options.reverse ? days.toReversed() : days).flatMap(date =>
    ordered
      .filter(facts => isKnown(facts, date) || (!isPast(date) && isExpected.get(facts.source)?.(date) === true))
      .map(facts => ({ source: facts.source, date, ...unlessFuture(decideOne(facts, date, options.reprocess), date) })),
  )
}

/** Whether there is anything to say of a day on which no delivery was expected. */
function isKnown({ delivered, tried }: SourceFacts, date: string): boolean {
  const batch = tried.get(date)
  // Of a day that was only ever found without a folder there is nothing to say: a run was called on the off chance.
  return delivered.has(date) || (batch !== undefined && !isNothing(batch))
}

function isNothing({ lastError, held, staleness }: TriedBatch): boolean {
  return staleness === undefined && held === null && lastError === 'NoDeliveryError'
}

/** Says on which days a source without a landing folder is worth a line. */
function expectation(facts: SourceFacts): (date: string) => boolean {
  const { installed, schedule, expectedFrom = '' } = facts
  if (!installed || schedule === 'irregular') return () => false
  if (schedule === 'daily') return date => date >= expectedFrom
  if (schedule === 'weekdays') return date => date >= expectedFrom && weekdayOf(date) % 6 !== 0
  const first = facts.firstPublished ?? [...facts.delivered, ...facts.tried.keys()].sort()[0]
  return date => first !== undefined && date >= expectedFrom && weekdayOf(date) === weekdayOf(first)
}

type Verdict = Pick<Decision, 'action' | 'kind' | 'reason'>

const run = (kind: DecisionKind, reason: string): Verdict => ({ action: 'run', kind, reason })
const skip = (kind: DecisionKind, reason: string): Verdict => ({ action: 'skip', kind, reason })

function decideOne({ installed, delivered, tried }: SourceFacts, date: string, reprocess: Reprocess): Verdict {
  const batch = tried.get(date)
  if (batch !== undefined && batch.held !== null) return skip('held', `held: ${batch.held}`)
  if (!installed) return skip('no source', 'the code of this source is not installed here')
  const wish = batch?.staleness === undefined ? unpublished(batch) : published(batch, batch.staleness, reprocess)
  if (wish.action === 'skip' || delivered.has(date)) return wish
  return skip('no delivery', batch === undefined ? 'no landing folder' : `no landing folder; ${wish.reason}`)
}

const endings: Readonly<Record<string, string>> = {
  failed: 'failed',
  refused: 'was refused',
  missing: 'found its input incomplete',
  aborted: 'was aborted',
}

function unpublished(batch: TriedBatch | undefined): Verdict {
  if (batch === undefined) return run('new', 'not run yet')
  if (batch.lastRun === 'running') return run('running', 'not published yet, a run of it is under way')
  return run('failed', `not published, ${lastRunOf(batch)}`)
}

function published(batch: TriedBatch, staleness: Staleness, reprocess: Reprocess): Verdict {
  const includes = (level: Reprocess): boolean => reprocessLevels.indexOf(level) <= reprocessLevels.indexOf(reprocess)
  const hasFailed = endings[batch.lastRun] !== undefined
  const isStale = staleness.kind !== 'unchanged'
  if (isStale && includes('stale')) return run('stale', staleness.reason)
  if (hasFailed && includes('failed')) return run('failed', `published before, ${lastRunOf(batch)}`)
  if (includes('all')) return run('asked', 'published and unchanged, all were asked for')
  if (isStale) return skip('stale', `${staleness.reason}; left alone without --reprocess stale`)
  if (hasFailed) return skip('failed', `published before, ${lastRunOf(batch)}; left alone without --reprocess failed`)
  return skip('unchanged', 'published, nothing changed')
}

function lastRunOf({ lastRun, lastError }: TriedBatch): string {
  return `its last run ${endings[lastRun] ?? `is ${lastRun}`}${lastError === null ? '' : ` (${lastError})`}`
}
