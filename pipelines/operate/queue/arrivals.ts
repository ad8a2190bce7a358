import pLimit from 'p-limit'
import { type Declared, declaredOf } from '../../landing/delivery/claim-files.ts'
import { type DeliveryPrint, printDelivery } from '../../landing/delivery/fingerprint.ts'
import { judgeDelivery } from '../../landing/delivery/judge-delivery.ts'
import type { LandingView } from '../../landing/files/landing-view.ts'
import { CaseloadError, MissingInputError, RefusedError } from '../../platform/errors.ts'
import { type Batch, transformerOf } from '../../source/batch.ts'
import { listTransformers, loadSource } from '../../source/load-source.ts'
import { isSourceName, type SourceProblem } from '../backfill/decide-batches.ts'
import { jobKey } from './job.ts'

/** A complete delivery that nobody has decided about. */
export interface Arrival extends DeliveryPrint {
  readonly batch: Batch
  /** The fingerprint that the ledger had before the landing root was listed; null: none. */
  readonly known: string | null
}

/** Where to look for arrivals. */
export interface SearchParts {
  readonly view: LandingView
  readonly sourceFolders: readonly string[]
  /** What sources declare about their files, kept from look to look. */
  readonly declared: Map<string, Declared>
  /** By `jobKey`, the fingerprints of the ledger. */
  readonly known: ReadonlyMap<string, string>
}

/** Which deliveries to look at. */
export interface SearchOptions {
  /** Names; an empty list: every installed source with a folder below the landing root. */
  readonly sources: readonly string[]
  /** `yyyy-mm-dd` */
  readonly from: string
  /** `yyyy-mm-dd`, included. */
  readonly to: string
  /** How long a delivery without a declared sign must not have changed, in seconds. */
  readonly quietPeriod: number
  readonly now: Date
}

/** What was found, by day and source, and the sources that could not be looked at. */
export interface Found {
  readonly arrivals: readonly Arrival[]
  readonly problems: readonly SourceProblem[]
}

/** Listings in parallel: in an object store each is a request. */
const parallelSources = 8

/**
 * Finds the complete deliveries whose listing is not the one of the ledger. The listing is the sieve: only what it lets pass is
 * compared with what is published, for which a file that was touched is hashed. To hash a night of 750 batches of 50 MB would
 * read 37 GB at each look; their listing is 5,000 names.
 */
export async function findArrivals(parts: SearchParts, options: SearchOptions): Promise<Found> {
  const transformers = listTransformers(parts.sourceFolders)
  const isInstalled = (name: string): boolean => isSourceName(name) && transformers.includes(transformerOf(name))
  const { sources } = options
  const names = sources.length > 0 ? sources : (await parts.view.folders()).filter(isInstalled)
  const limit = pLimit(parallelSources)
  const found = await Promise.all(
    names.map(source => limit(() => orProblem(source, () => ofSource(parts, source, options)))),
  )
  const order = ({ batch: { source, date } }: Arrival): string => `${date} ${source}`
  return {
    arrivals: found.flatMap(one => ('error' in one ? [] : one)).sort((a, b) => (order(a) < order(b) ? -1 : 1)),
    problems: found.flatMap(one => ('error' in one ? one : [])),
  }
}

async function ofSource(
  { view, sourceFolders, declared, known }: SearchParts,
  source: string,
  { from, to, quietPeriod, now }: SearchOptions,
): Promise<readonly Arrival[]> {
  const own = declared.get(source) ?? declaredOf(await loadSource(source, sourceFolders))
  declared.set(source, own)
  const arrivals: Arrival[] = []
  for (const { date, listing } of await view.deliveries(source, from, to)) {
    const batch = { source, date }
    const print = printDelivery(listing, batch, own)
    const before = known.get(jobKey(batch)) ?? null
    if (print.fingerprint === before) continue
    if (await isComplete(view, batch, own, { quietPeriod, now, changedAt: print.changedAt })) {
      arrivals.push({ batch, known: before, ...print })
    }
  }
  return arrivals
}

interface CompleteOptions extends Pick<SearchOptions, 'quietPeriod' | 'now'> {
  readonly changedAt: number
}

/** What a run would refuse is complete once it is quiet: the run says why, where people look. */
async function isComplete(
  view: LandingView,
  batch: Batch,
  declared: Declared,
  { quietPeriod, now, changedAt }: CompleteOptions,
): Promise<boolean> {
  const { marker, manifest, quietSeconds = quietPeriod } = declared.ready
  const hasSign = marker !== undefined || manifest !== undefined
  const ready = hasSign ? declared.ready : { quietSeconds }
  try {
    await judgeDelivery(view.delivery(batch), batch, { ...declared, ready }, now)
    return true
  } catch (error) {
    if (error instanceof MissingInputError) return false
    if (error instanceof RefusedError) return now.getTime() - changedAt >= quietSeconds * 1000
    throw error
  }
}

async function orProblem<T>(source: string, look: () => Promise<T>): Promise<T | SourceProblem> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof CaseloadError) return { source, error }
    throw error
  }
}
