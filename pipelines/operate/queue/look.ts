import type { Declared } from '../../landing/delivery/claim-files.ts'
import { latestDay } from '../../landing/future-day.ts'
import type { LandingViewParts } from '../../landing/files/landing-view.ts'
import { openLandingView } from '../../landing/open-landing-view.ts'
import type { Session } from '../../platform/postgres.ts'
import type { BatchesAsked, Decided, SourceProblem } from '../backfill/decide-batches.ts'
import type { Decision } from '../backfill/decide.ts'
import { type Arrival, findArrivals } from './arrivals.ts'
import { type JobData, jobKey } from './job.ts'
import { knownArrivals, takeArrivals } from './take-arrivals.ts'

/** What a look at the landing root works with. */
export interface LookParts extends LandingViewParts {
  /** Names; an empty list: every installed source with a folder below the landing root. */
  readonly sources: readonly string[]
  readonly sourceFolders: readonly string[]
  /** How long a delivery without a declared sign must not have changed, in seconds. */
  readonly quietPeriod: number
  /** How often to try each job. */
  readonly tries: number
  readonly ask: <T>(question: (session: Session) => Promise<T>) => Promise<T>
  /** Decides as a backfill does. It may take long, so it has a session of its own. */
  readonly decide: (asked: BatchesAsked) => Promise<Decided>
  /** The jobs of the decisions that run. */
  readonly jobsOf: (decisions: readonly Decision[]) => Promise<readonly JobData[]>
  readonly onEvent: (event: WatchEvent) => void
  /** No further batch is to be queued. */
  readonly stopping: AbortSignal
}

/**
 * What became of an arrival: `queued`; `waiting`: its batch waited in the queue already; `dismissed`: its batch will not be loaded
 * until `caseload run` loads it.
 */
export interface WatchEvent {
  readonly source: string
  readonly date: string
  readonly outcome: 'queued' | 'waiting' | 'dismissed'
  readonly reason: string
}

/** Batches that are decided about and queued at once. */
const batchesAtOnce = 100

/**
 * Makes the function that looks at the landing root once: it queues the batches of the complete deliveries that came or changed
 * since someone has last decided about them.
 *
 * @returns takes the number of days to look back, and gives the sources that could not be looked at
 */
export function makeLook(parts: LookParts): (days: number, now: Date) => Promise<readonly SourceProblem[]> {
  const { sources, sourceFolders, quietPeriod, stopping } = parts
  const declared = new Map<string, Declared>()
  return async (days, now) => {
    const from = new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 10)
    // Before the listing: what another watcher takes meanwhile must not look as if it had been known.
    const known = await parts.ask(session => knownArrivals(session, sources, from))
    const view = await openLandingView(parts)
    try {
      const options = { sources, from, to: latestDay(now), quietPeriod, now }
      const { arrivals, problems } = await findArrivals({ view, sourceFolders, declared, known }, options)
      const all = [...problems]
      for (let at = 0; at < arrivals.length && !stopping.aborted; at += batchesAtOnce) {
        all.push(...(await queueArrivals(parts, arrivals.slice(at, at + batchesAtOnce))))
      }
      return all
    } finally {
      view.close()
    }
  }
}

async function queueArrivals(parts: LookParts, arrivals: readonly Arrival[]): Promise<readonly SourceProblem[]> {
  const batches = arrivals.map(one => one.batch)
  const days = batches.map(one => one.date).sort()
  const { decisions, problems } = await parts.decide({
    sources: [...new Set(batches.map(one => one.source))],
    from: days[0],
    to: days.at(-1),
    reprocess: 'unpublished',
    reverse: false,
    deliveries: batches,
  })
  // A run reads the delivery now: when it has ended, the next look knows whether it read this one.
  const verdicts = new Map(decisions.filter(one => one.kind !== 'running').map(one => [jobKey(one), verdictOf(one)]))
  const decided = arrivals.filter(one => verdicts.has(jobKey(one.batch)))
  if (decided.length === 0) return problems
  const jobs = await parts.jobsOf([...verdicts.values()])
  const done = await parts.ask(session => takeArrivals(session, decided, jobs, parts.tries))
  const taken = new Set(done.taken.map(jobKey))
  const events: readonly WatchEvent[] = [
    ...done.queued.map(({ source, date, reason }) => ({ source, date, outcome: 'queued' as const, reason })),
    ...done.waiting.map(({ source, date, reason }) => ({ source, date, outcome: 'waiting' as const, reason })),
    ...[...verdicts.values()]
      .filter(one => one.deliveredSince === true && taken.has(jobKey(one)))
      .map(({ source, date, reason }) => ({ source, date, outcome: 'dismissed' as const, reason })),
  ]
  for (const event of events) parts.onEvent(event)
  return problems
}

/** A published batch whose files changed was delivered again; new code or another mask alone is no delivery. */
function verdictOf(decision: Decision): Decision {
  const { staleness } = decision
  if (decision.kind !== 'stale' || staleness?.kind !== 'files') return decision
  return { ...decision, action: 'run', reason: staleness.reason }
}
