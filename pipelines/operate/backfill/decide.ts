import type { Staleness } from '../../source/fingerprint/staleness.ts'
import { daysOf, isExpected, type Schedule } from '../../source/schedule.ts'

/**
 * Which batches a backfill loads; each level includes those before it.
 * - `unpublished`: delivered and not published
 * - `failed`: and those whose newest run did not publish, while an older version is still published
 * - `stale`: and those whose files, code, contracts or engine changed since they were published
 * - `all`: and every other one that was delivered
 */
export type Reprocess = 'unpublished' | 'failed' | 'stale' | 'all'

/** The levels of {@link Reprocess}, from the fewest batches to the most. */
export const reprocessLevels: readonly Reprocess[] = ['unpublished', 'failed', 'stale', 'all']

/**
 * Why a batch runs or does not.
 * - `new`: no run ever tried it; `failed`: its newest run did not publish; `running`: a run of it is under way
 * - `stale`: something changed since it was published; `asked`: nothing did, and all were asked for
 * - `unchanged`: published, nothing to do; `pinned`: rolled back, and left alone until a plain run
 * - `not_delivered`: it would have been run, and its landing folder is not there
 * - `no_source`: the code of its source is not installed here
 * - `future`: it would have been run, and its day is past tomorrow
 */
export type DecisionKind =
  'new' | 'failed' | 'running' | 'stale' | 'asked' | 'unchanged' | 'pinned' | 'not_delivered' | 'no_source' | 'future'

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
  /** Why it is pinned; null where it is not. */
  readonly pinned: string | null
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
  const expected = new Map(ordered.map(facts => [facts.source, expectation(facts)]))
  const isPast = (date: string): boolean => options.latest !== undefined && date > options.latest
  const unlessFuture = (verdict: Verdict, date: string): Verdict =>
    verdict.action === 'run' && isPast(date) && options.allowFuture !== true
      ? skip('future', `past tomorrow; ${verdict.reason}; left alone without --allow-future`)
      : verdict
  return (options.reverse ? days.toReversed() : days).flatMap(date =>
    ordered
      .filter(facts => isKnown(facts, date) || (!isPast(date) && expected.get(facts.source)?.(date) === true))
      .map(facts => ({ source: facts.source, date, ...unlessFuture(decideOne(facts, date, options.reprocess), date) })),
  )
}

/** Whether a day on which no delivery was expected is reported all the same. */
function isKnown({ delivered, tried }: SourceFacts, date: string): boolean {
  const batch = tried.get(date)
  // A day that was only ever found without a folder is not reported: somebody called a run just in case.
  return delivered.has(date) || (batch !== undefined && !isNothing(batch))
}

function isNothing({ lastError, pinned, staleness }: TriedBatch): boolean {
  return staleness === undefined && pinned === null && lastError === 'NoDeliveryError'
}

/** Tells the days on which a source without a landing folder is reported. */
function expectation(facts: SourceFacts): (date: string) => boolean {
  const { installed, schedule, expectedFrom = '' } = facts
  // Until a weekly source has delivered, its weekday is unknown.
  const first = facts.firstPublished ?? [...facts.delivered, ...facts.tried.keys()].sort()[0]
  if (!installed || (schedule === 'weekly' && first === undefined)) return () => false
  return date => date >= expectedFrom && isExpected(schedule, first ?? date, date)
}

type Verdict = Pick<Decision, 'action' | 'kind' | 'reason'>

const run = (kind: DecisionKind, reason: string): Verdict => ({ action: 'run', kind, reason })
const skip = (kind: DecisionKind, reason: string): Verdict => ({ action: 'skip', kind, reason })

function decideOne({ installed, delivered, tried }: SourceFacts, date: string, reprocess: Reprocess): Verdict {
  const batch = tried.get(date)
  if (batch !== undefined && batch.pinned !== null) return skip('pinned', `pinned: ${batch.pinned}`)
  if (!installed) return skip('no_source', 'the code of this source is not installed here')
  const wish = batch?.staleness === undefined ? unpublished(batch) : published(batch, batch.staleness, reprocess)
  if (wish.action === 'skip' || delivered.has(date)) return wish
  return skip('not_delivered', batch === undefined ? 'no landing folder' : `no landing folder; ${wish.reason}`)
}

const endings: Readonly<Record<string, string>> = {
  failed: 'failed',
  refused: 'was refused',
  incomplete: 'found its input incomplete',
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
