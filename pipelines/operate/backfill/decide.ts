import type { Staleness } from '../../source/fingerprint/staleness.ts'
import { daysOf, isExpected, type Schedule } from '../../source/schedule.ts'

/**
 * Which batches a backfill loads; each level includes the ones before it.
 * - `unpublished`: delivered and not published
 * - `failed`: also those whose newest run did not publish while an older version is published
 * - `stale`: also those whose files, code, contracts or engine changed since they were published
 * - `all`: also every other batch that was delivered
 */
export type Reprocess = 'unpublished' | 'failed' | 'stale' | 'all'

/** The levels of {@link Reprocess}, from the fewest batches to the most. */
export const reprocessLevels: readonly Reprocess[] = ['unpublished', 'failed', 'stale', 'all']

/**
 * Why a batch runs or does not.
 * - `new`: no run ever tried it; `failed`: its newest run did not publish; `running`: a run works on it now
 * - `stale`: something changed since it was published; `asked`: nothing changed, and the level is `all`
 * - `unchanged`: published and unchanged; `pinned`: rolled back or unpublished, and skipped until a plain run; `dismissed`: will
 *   not be loaded, until a plain run
 * - `not_delivered`: it would run, but has no landing folder
 * - `no_source`: the code of its source is not installed
 * - `future`: it would run, but its day is past tomorrow
 */
export type DecisionKind =
  | 'new'
  | 'failed'
  | 'running'
  | 'stale'
  | 'asked'
  | 'unchanged'
  | 'pinned'
  | 'dismissed'
  | 'not_delivered'
  | 'no_source'
  | 'future'

/** What a backfill does with one batch, and why. */
export interface Decision {
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly date: string
  readonly action: 'run' | 'skip'
  /** One line for a person. */
  readonly reason: string
  /** Class of the error of the run that the reason is about, for scripts; undefined where it is about none. */
  readonly lastError?: string | undefined
  readonly kind: DecisionKind
  /** It is dismissed, and was delivered after that. */
  readonly deliveredSince?: true
  /** What changed since it was published; undefined where no version is published, or nothing changed. */
  readonly staleness?: Staleness
}

/** What the ledger knows of a batch that a run has tried, or that is dismissed. */
export interface TriedBatch {
  /** How its newest run ended, `running` while it is alive; null without a run, of a dismissed batch. */
  readonly lastRun: string | null
  /** Class of the error it ended in. */
  readonly lastError: string | null
  /** Why it is pinned or dismissed; null if it is neither. */
  readonly pinned: string | null
  /** Of a dismissed batch: whether it was delivered after that. */
  readonly dismissed?: { readonly deliveredSince: boolean } | undefined
  /** Undefined if no version is published. */
  readonly staleness: Staleness | undefined
}

/** Everything that the decisions about one source depend on. */
export interface SourceFacts {
  readonly source: string
  /** False if the code of the source is not installed. */
  readonly installed: boolean
  readonly schedule: Schedule
  /** Its first published day, which gives the weekday of a weekly source; undefined without one. */
  readonly firstPublished?: string | undefined
  /** The first day, `yyyy-mm-dd`, on which its schedule expects a delivery; undefined: the first day of the range. */
  readonly expectedFrom?: string | undefined
  /** The last day, `yyyy-mm-dd`, on which a delivery is expected and due; undefined: the last day of the range. */
  readonly expectedTo?: string | undefined
  /** Days with a landing folder, `yyyy-mm-dd`. */
  readonly delivered: ReadonlySet<string>
  /** By day, `yyyy-mm-dd`. */
  readonly tried: ReadonlyMap<string, TriedBatch>
}

/** Which batches to decide about. */
export interface DecideOptions {
  /** First day, `yyyy-mm-dd`. */
  readonly from: string
  /** Last day, inclusive. */
  readonly to: string
  readonly reprocess: Reprocess
  /** The newest day first. */
  readonly reverse: boolean
  /** Last day, `yyyy-mm-dd`, of which a delivery can exist; no later one is expected. Undefined: no such day. */
  readonly latest?: string | undefined
  /** Run days after `latest`, too. */
  readonly allowFuture?: boolean | undefined
}

/**
 * Decides about every batch of some sources and days, both ends included. Leaves out a day that was not delivered, has no
 * published or failed run, and on which the schedule expects no delivery; and every such day of a weekly source that has never
 * delivered, because its weekday is not known.
 *
 * @returns one decision per batch, by day (the newest first if `reverse`), then by source
 */
export function decide(sources: readonly SourceFacts[], options: DecideOptions): readonly Decision[] {
  const days = daysOf(options.from, options.to)
  const ordered = [...sources].sort((a, b) => (a.source < b.source ? -1 : 1))
  const expected = new Map(ordered.map(facts => [facts.source, expectation(facts)]))
  const isPast = (date: string): boolean => options.latest !== undefined && date > options.latest
  const unlessFuture = (verdict: Verdict, date: string): Verdict =>
    verdict.action === 'run' && isPast(date) && options.allowFuture !== true
      ? skip('future', `past tomorrow; ${verdict.reason}; skipped without --allow-future`)
      : verdict
  return (options.reverse ? days.toReversed() : days).flatMap(date =>
    ordered
      .filter(facts => isKnown(facts, date) || (!isPast(date) && expected.get(facts.source)?.(date) === true))
      .map(facts => ({ source: facts.source, date, ...unlessFuture(decideOne(facts, date, options.reprocess), date) })),
  )
}

/** Whether a day is reported on which no delivery was expected. */
function isKnown({ delivered, tried }: SourceFacts, date: string): boolean {
  const batch = tried.get(date)
  // A day that only has runs without a landing folder is not reported: a caller ran it on the chance of a delivery.
  return delivered.has(date) || (batch !== undefined && !wasNeverDelivered(batch))
}

function wasNeverDelivered({ lastError, pinned, staleness }: TriedBatch): boolean {
  return staleness === undefined && pinned === null && lastError === 'NoDeliveryError'
}

/** The days on which a missing landing folder of a source is reported. */
function expectation(facts: SourceFacts): (date: string) => boolean {
  const { installed, schedule, expectedFrom = '', expectedTo = '9999-12-31' } = facts
  // Until a weekly source has delivered, its weekday is unknown.
  const first = facts.firstPublished ?? [...facts.delivered, ...facts.tried.keys()].sort()[0]
  if (!installed || (schedule === 'weekly' && first === undefined)) return () => false
  return date => date >= expectedFrom && date <= expectedTo && isExpected(schedule, first ?? date, date)
}

type Verdict = Pick<Decision, 'action' | 'kind' | 'reason' | 'lastError' | 'deliveredSince' | 'staleness'>

const run = (kind: DecisionKind, reason: string): Verdict => ({ action: 'run', kind, reason })
const skip = (kind: DecisionKind, reason: string): Verdict => ({ action: 'skip', kind, reason })

function decideOne({ installed, delivered, tried }: SourceFacts, date: string, reprocess: Reprocess): Verdict {
  const batch = tried.get(date)
  if (batch !== undefined && batch.pinned !== null) return pinnedOrDismissed(batch.pinned, batch.dismissed)
  if (!installed) return skip('no_source', 'the code of this source is not installed here')
  const wish = batch?.staleness === undefined ? unpublished(batch) : published(batch, batch.staleness, reprocess)
  if (wish.action === 'skip' || delivered.has(date)) return wish
  const reason = batch === undefined ? 'no landing folder' : `no landing folder; ${wish.reason}`
  return { ...wish, ...skip('not_delivered', reason) }
}

function pinnedOrDismissed(why: string, dismissed: TriedBatch['dismissed']): Verdict {
  if (dismissed === undefined) return skip('pinned', `pinned: ${why}`)
  if (!dismissed.deliveredSince) return skip('dismissed', why)
  return {
    ...skip('dismissed', `${why}; delivered since, and skipped until caseload run loads it`),
    deliveredSince: true,
  }
}

const endings: Readonly<Record<string, string>> = {
  failed: 'failed',
  refused: 'was refused',
  incomplete: 'found its input incomplete',
  aborted: 'was aborted',
}

function unpublished(batch: TriedBatch | undefined): Verdict {
  if (batch === undefined) return run('new', 'not run yet')
  if (batch.lastRun === 'running') return run('running', 'not published yet, a run works on it now')
  return withError(run('failed', `not published, ${lastRunOf(batch)}`), batch)
}

function published(batch: TriedBatch, staleness: Staleness, reprocess: Reprocess): Verdict {
  const includes = (level: Reprocess): boolean => reprocessLevels.indexOf(level) <= reprocessLevels.indexOf(reprocess)
  const hasFailed = endings[batch.lastRun ?? ''] !== undefined
  const isStale = staleness.kind !== 'unchanged'
  if (isStale && includes('stale')) return { ...run('stale', staleness.reason), staleness }
  if (hasFailed && includes('failed')) return withError(run('failed', `published before, ${lastRunOf(batch)}`), batch)
  if (includes('all')) return run('asked', 'published and unchanged, --reprocess all')
  if (isStale) return { ...skip('stale', `${staleness.reason}; skipped without --reprocess stale`), staleness }
  if (hasFailed) {
    const reason = `published before, ${lastRunOf(batch)}; skipped without --reprocess failed`
    return withError(skip('failed', reason), batch)
  }
  return skip('unchanged', 'published, nothing changed')
}

function lastRunOf({ lastRun }: TriedBatch): string {
  return `its last run ${endings[lastRun ?? ''] ?? `is ${lastRun ?? 'none'}`}`
}

const withError = (verdict: Verdict, { lastError }: TriedBatch): Verdict =>
  lastError === null ? verdict : { ...verdict, lastError }
