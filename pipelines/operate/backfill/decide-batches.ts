import { type Batch, parseSource, transformerOf } from '../../source/batch.ts'
import { CaseloadError, MissingInputError, UsageError, withMessage } from '../../platform/errors.ts'
import { latestDay } from '../../landing/future-day.ts'
import type { LandingView, LandingViewParts } from '../../landing/files/landing-view.ts'
import { openLandingView } from '../../landing/open-landing-view.ts'
import { StalenessChecker } from '../staleness/stale-batches.ts'
import { batchFacts, type BatchFacts, type PublishedSpan, publishedSpans } from '../../ledger/batch-facts.ts'
import { readMask } from '../../contract/mask/key.ts'
import type { Session } from '../../platform/postgres.ts'
import { listTransformers, requireTransformers } from '../../source/load-source.ts'
import { earlierDay, endOfNextDay, lastDue } from '../../source/schedule.ts'
import { decide, type Decision, type Reprocess, type SourceFacts, type TriedBatch } from './decide.ts'

/** What decisions are based on; `Settings` and a session have all of it. */
export interface DecideParts extends LandingViewParts {
  /** A session on the target, outside a transaction; it stays open. */
  readonly session: Session
  readonly sourceFolders: readonly string[]
  readonly now: Date
}

/** Which batches to decide about. */
export interface BatchesAsked {
  /** Names; an empty list means every source with a folder below the landing root or a published batch in the ledger. */
  readonly sources: readonly string[]
  /** `yyyy-mm-dd`; undefined: the first day with a landing folder, or, without any, the first published day. */
  readonly from: string | undefined
  /**
   * `yyyy-mm-dd`, inclusive; undefined: the last day with a landing folder (or, without any, the last published day), and
   * with `from` or `strict` every day of which a delivery is due.
   */
  readonly to: string | undefined
  /** Every day without a delivery counts as a failure. */
  readonly strict?: boolean
  readonly reprocess: Reprocess
  /** The newest day first. */
  readonly reverse: boolean
  /** Run days past tomorrow, too. */
  readonly allowFuture?: boolean | undefined
  /** Only these, and what was delivered with them: a static file that changed makes none of them stale. */
  readonly deliveries?: readonly Batch[]
}

/** A source whose batches cannot be decided about. */
export interface SourceProblem {
  readonly source: string
  /** Its module cannot be loaded, or its folder below the landing root cannot be read. */
  readonly error: CaseloadError
}

/** The decisions, and the sources without one. */
export interface Decided {
  /** One per batch, in the order in which to run them. */
  readonly decisions: readonly Decision[]
  /** Sorted by source; the decisions hold no batch of these sources. */
  readonly problems: readonly SourceProblem[]
}

/**
 * Decides which batches a backfill loads. Reads the ledger in one query and lists the landing folders; hashes a file only if
 * its name and size are unchanged and its time is not. A broken source does not affect the others.
 *
 * @returns see {@link decide}
 * @throws UsageError if `from` is after `to`, a requested source is not installed, or the ledger is of another version
 * @throws MissingInputError if the landing root does not exist or cannot be read
 */
export async function decideBatches(parts: DecideParts, asked: BatchesAsked): Promise<Decided> {
  requireTransformers(asked.sources, parts.sourceFolders)
  // One of them alone may be outside of all deliveries: then no batch needs a run.
  if (asked.from !== undefined && asked.to !== undefined && asked.from > asked.to) {
    throw new UsageError(`Expected the first day before the last, found ${asked.from} .. ${asked.to}.`)
  }
  const view = await openLandingView(parts)
  try {
    const { delivered, problems } = await deliveredDays(view, asked.sources, parts.sourceFolders)
    const spans = await publishedSpans(parts.session, asked.sources)
    const { from, to, expectedTo } = rangeOf(asked, [...delivered.values()].flat(), spans, parts.now)
    if (from === undefined || to === undefined) return { decisions: [], problems }
    const isAsked = filterOf(asked.deliveries)
    const facts = (await batchFacts(parts.session, { sources: asked.sources, from, to })).filter(isAsked)
    const checker = new StalenessChecker({
      sourceFolders: parts.sourceFolders,
      mask: readMask(parts.env),
      view,
      ignoresStatic: asked.deliveries !== undefined,
    })
    const broken = new Set(problems.map(one => one.source))
    const names = new Set([...asked.sources, ...delivered.keys(), ...[...spans, ...facts].map(one => one.source)])
    const sources = await Promise.all(
      [...names]
        .filter(source => !broken.has(source))
        .map(source => {
          const own = facts.filter(one => one.source === source)
          const firstPublished = spans.find(one => one.source === source)?.first
          // Like `status`: a source that only the ledger knows, such as one whose folder is gone, is expected from its first publish.
          const isOfLedger = !asked.sources.includes(source) && !delivered.has(source)
          const expectedFrom = isOfLedger ? (firstPublished ?? never) : undefined
          const known = { source, delivered: delivered.get(source) ?? [], firstPublished, expectedFrom, expectedTo }
          return orProblem(source, () => factsOf(checker, known, own, parts.now))
        }),
    )
    const known = sources.filter((one): one is SourceFacts => !isProblem(one))
    return {
      decisions: decide(known, {
        from,
        to,
        reprocess: asked.reprocess,
        reverse: asked.reverse,
        latest: latestDay(parts.now),
        allowFuture: asked.allowFuture,
      }).filter(isAsked),
      problems: [...problems, ...sources.filter(isProblem)].sort((a, b) => (a.source < b.source ? -1 : 1)),
    }
  } finally {
    view.close()
  }
}

/** One error for all problems: it has all their messages, and their class if they share one. */
export function problemsError(problems: readonly SourceProblem[]): Error {
  const errors = problems.map(one => one.error)
  const message = [...new Set(errors.map(one => one.message))].join(' ')
  const [first] = errors
  const isOneClass = new Set(errors.map(one => one.name)).size === 1
  return first !== undefined && isOneClass ? withMessage(first, message) : new CaseloadError(message)
}

/** After every day. A source that has never published, such as a site whose name was mistyped once, owes no delivery. */
const never = '9999-12-32'

function filterOf(batches: readonly Batch[] | undefined): (batch: Batch) => boolean {
  if (batches === undefined) return () => true
  const keys = new Set(batches.map(({ source, date }) => `${source} ${date}`))
  return ({ source, date }) => keys.has(`${source} ${date}`)
}

const isProblem = (one: SourceFacts | SourceProblem): one is SourceProblem => 'error' in one

async function orProblem<T>(source: string, look: () => Promise<T>): Promise<T | SourceProblem> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof CaseloadError) return { source, error }
    throw error
  }
}

interface DeliveredDays {
  /** By source; includes sources whose folder holds no day. */
  readonly delivered: ReadonlyMap<string, readonly string[]>
  readonly problems: readonly SourceProblem[]
}

async function deliveredDays(
  view: LandingView,
  asked: readonly string[],
  sourceFolders: readonly string[],
): Promise<DeliveredDays> {
  const sources = asked.length > 0 ? asked : (await view.folders()).filter(isSourceName)
  const transformers = listTransformers(sourceFolders)
  const delivered = new Map<string, readonly string[]>()
  const problems: SourceProblem[] = []
  const look = async (source: string): Promise<void> => {
    try {
      const days = await view.days(source)
      if (days.length > 0 || transformers.includes(transformerOf(source))) delivered.set(source, days)
    } catch (error) {
      if (!(error instanceof MissingInputError)) throw error
      // A folder that is not a source's does not matter.
      if (transformers.includes(transformerOf(source))) problems.push({ source, error })
    }
  }
  await Promise.all(sources.map(look))
  return { delivered, problems }
}

/** True for a name that a source can have. */
export function isSourceName(name: string): boolean {
  try {
    return parseSource(name) === name
  } catch (error) {
    if (error instanceof UsageError) return false
    throw error
  }
}

function rangeOf(
  { from, to, strict = false }: BatchesAsked,
  days: readonly string[],
  spans: readonly PublishedSpan[],
  now: Date,
): { readonly from: string | undefined; readonly to: string | undefined; readonly expectedTo: string | undefined } {
  const known = days.length > 0 ? days : spans.flatMap(one => [one.first, one.last])
  const isDue = from !== undefined || strict
  // A folder of the year 2210 is a batch; it makes no day before it due.
  const latest = latestDay(now)
  const past = known.filter(date => date <= latest).sort()
  const last = [...known, ...(isDue ? [latest] : [])].sort().at(-1)
  return { from: from ?? [...known].sort()[0], to: to ?? last, expectedTo: to ?? (isDue ? latest : past.at(-1)) }
}

interface Known extends Pick<SourceFacts, 'source' | 'firstPublished' | 'expectedFrom' | 'expectedTo'> {
  readonly delivered: readonly string[]
}

async function factsOf(
  checker: StalenessChecker,
  known: Known,
  facts: readonly BatchFacts[],
  now: Date,
): Promise<SourceFacts> {
  const { source, delivered } = known
  const installed = await checker.installed(source)
  const days = new Set(delivered)
  const isDelivered = async (batch: Batch, moment: number): Promise<boolean> =>
    days.has(batch.date) && (await checker.deliveredSince(batch, moment))
  const tried = await Promise.all(
    facts.map(async ({ date, lastRun, lastError, pinned, dismissedAt, published }) => {
      const staleness = published === undefined ? undefined : await checker.staleness({ source, date }, published)
      const dismissed =
        dismissedAt === undefined ? undefined : { deliveredSince: await isDelivered({ source, date }, dismissedAt) }
      const batch: TriedBatch = { lastRun, lastError, pinned, dismissed, staleness }
      return [date, batch] as const
    }),
  )
  const transformer = installed?.source.transformer
  const { expectedTo = '' } = known
  return {
    ...known,
    expectedTo: earlierDay(expectedTo, lastDue(transformer ?? endOfNextDay, transformer?.zone ?? 'UTC', now)),
    installed: installed !== undefined,
    schedule: transformer?.schedule ?? 'irregular',
    delivered: days,
    tried: new Map(tried),
  }
}
