import { parseSource } from '../batch.ts'
import { UsageError } from '../errors.ts'
import { type LandingView, type LandingViewParts, openLandingView } from '../fingerprint/landing-view.ts'
import { Present } from '../fingerprint/stale-batches.ts'
import { batchFacts, type BatchFacts } from '../ledger/batch-facts.ts'
import { readMask } from '../mask/key.ts'
import type { Session } from '../postgres.ts'
import { requireTransformers } from '../sources.ts'
import { decide, type Decision, type Reprocess, type SourceFacts, type TriedBatch } from './decide.ts'

/** What decisions are made from; `Settings` and a session have all of it. */
export interface DecideParts extends LandingViewParts {
  /** A session on the target, outside a transaction; it stays open. */
  readonly session: Session
  readonly sourceFolders: readonly string[]
}

/** Which batches to decide about. */
export interface BatchesAsked {
  /** Names; none stands for every source with a folder below the landing root or a batch in the ledger. */
  readonly sources: readonly string[]
  /** `yyyy-mm-dd`; undefined: the first day with a landing folder. */
  readonly from: string | undefined
  /** `yyyy-mm-dd`, itself included; undefined: the last day with a landing folder. */
  readonly to: string | undefined
  readonly reprocess: Reprocess
  /** The newest day first. */
  readonly reverse: boolean
}

/**
 * Decides which batches a backfill loads. Reads the ledger in one query and lists the landing folders; hashes a file only
 * where its name and size tell nothing and its time does.
 *
 * @returns one decision a batch, in the order in which to run them, see {@link decide}
 * @throws UsageError if `from` is after `to`, or a source that is asked for is not installed here
 * @throws MissingInputError if the landing root is not there
 */
export async function decideBatches(parts: DecideParts, asked: BatchesAsked): Promise<readonly Decision[]> {
  requireTransformers(asked.sources, parts.sourceFolders)
  // One of them alone may well be beyond all that was delivered: then there is nothing to do.
  if (asked.from !== undefined && asked.to !== undefined && asked.from > asked.to) {
    throw new UsageError(`Expected the first day before the last, found ${asked.from} .. ${asked.to}.`)
  }
  const view = await openLandingView(parts)
  try {
    const delivered = await deliveredDays(view, asked.sources)
    const { from, to } = rangeOf(asked, [...delivered.values()].flat())
    if (from === undefined || to === undefined) return []
    const facts = await batchFacts(parts.session, { sources: asked.sources, from, to })
    const present = new Present({ sourceFolders: parts.sourceFolders, mask: readMask(parts.env), view })
    const names = new Set([...asked.sources, ...delivered.keys(), ...facts.map(one => one.source)])
    const sources = await Promise.all(
      [...names].map(source => {
        const own = facts.filter(one => one.source === source)
        return factsOf(present, source, delivered.get(source) ?? [], own)
      }),
    )
    return decide(sources, { from, to, reprocess: asked.reprocess, reverse: asked.reverse })
  } finally {
    view.close()
  }
}

async function deliveredDays(
  view: LandingView,
  asked: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const sources = asked.length > 0 ? asked : (await view.folders()).filter(isSourceName)
  const days = await Promise.all(sources.map(async source => [source, await view.days(source)] as const))
  return new Map(days.filter(([, dates]) => dates.length > 0))
}

function isSourceName(name: string): boolean {
  try {
    return parseSource(name) === name
  } catch (error) {
    if (error instanceof UsageError) return false
    throw error
  }
}

function rangeOf(
  { from, to }: BatchesAsked,
  days: readonly string[],
): { readonly from: string | undefined; readonly to: string | undefined } {
  const sorted = [...days].sort()
  return { from: from ?? sorted[0], to: to ?? sorted.at(-1) }
}

async function factsOf(
  present: Present,
  source: string,
  delivered: readonly string[],
  facts: readonly BatchFacts[],
): Promise<SourceFacts> {
  const installed = await present.installed(source)
  const tried = await Promise.all(
    facts.map(async ({ date, lastRun, lastError, held, published }) => {
      const staleness = published === undefined ? undefined : await present.staleness({ source, date }, published)
      const batch: TriedBatch = { lastRun, lastError, held, staleness }
      return [date, batch] as const
    }),
  )
  return {
    source,
    installed: installed !== undefined,
    schedule: installed?.source.transformer.schedule ?? 'irregular',
    delivered: new Set(delivered),
    tried: new Map(tried),
  }
}
