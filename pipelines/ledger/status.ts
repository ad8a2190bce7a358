import type { Batch } from '../source/batch.ts'
import type { Staleness } from '../source/fingerprint/staleness.ts'
import type { Session } from '../platform/postgres.ts'
import type { Schedule } from '../source/transformer.ts'
import { batchFacts, type BatchFacts, type PublishedVersion } from './batch-facts.ts'

/** What is known of one batch, or of one day on which there should be one. */
export interface BatchState {
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly batch_date: string
  /**
   * What readers see of it: `stale` is published, and a run would make other rows of it now; `held` is the version before
   * the one that was rolled back; `missing` where the schedule expects a batch and no run ever tried.
   */
  readonly state:
    'published' | 'stale' | 'held' | 'running' | 'failed' | 'refused' | 'input missing' | 'aborted' | 'missing'
  /** Why it is stale, held or not published, or why its newest run failed where an older one is; null where all is well. */
  readonly reason: string | null
  /** How the newest run ended, null if there was none. It may have failed while an older one is still published. */
  readonly last_run: string | null
  readonly last_error: string | null
  readonly published_run: string | null
  readonly published_at: string | null
  /** Rows of all tables. */
  readonly rows: number | null
  /** Rows and records of the published version that are in quarantine. */
  readonly quarantined: number | null
  /** Values that the rows of the published version lack, since they broke a rule. */
  readonly dropped: number | null
}

/** Which days {@link batchStates} speaks of; both ends included. */
export interface StatusWindow {
  readonly sources: readonly string[]
  /** `yyyy-mm-dd`; default: the first batch of each source. */
  readonly from: string | undefined
  /** `yyyy-mm-dd`, the last day on which a batch is expected. */
  readonly expectedTo: string
  /** `yyyy-mm-dd`, the last day that is spoken of; default: the newest batch of each source. */
  readonly to: string | undefined
}

/** Says whether a run would make other rows of a published batch. */
export type Judge = (batch: Batch, published: PublishedVersion) => Promise<Staleness>

/**
 * The state of every batch that ran, and of every day of the window on which a source's schedule expects one.
 *
 * @returns sorted by source and date
 */
export async function batchStates(
  session: Session,
  window: StatusWindow,
  judge: Judge,
): Promise<readonly BatchState[]> {
  const ran = await batchFacts(session, { sources: window.sources })
  const sources = await session.query<{ source: string; schedule: Schedule }>(
    'select source, schedule from caseload.sources order by source',
  )
  const states = await Promise.all(
    sources.rows
      .filter(({ source }) => window.sources.length === 0 || window.sources.includes(source))
      .map(({ source, schedule }) => {
        const own = ran.filter(batch => batch.source === source)
        return statesOf(source, schedule, own, window, judge)
      }),
  )
  return states.flat()
}

async function statesOf(
  source: string,
  schedule: Schedule,
  ran: readonly BatchFacts[],
  window: StatusWindow,
  judge: Judge,
): Promise<readonly BatchState[]> {
  const from = window.from ?? ran[0]?.date ?? window.expectedTo
  const known = new Set(ran.map(batch => batch.date))
  // Nothing is expected of a source that has never delivered, such as a site whose name was mistyped once.
  const first = ran.find(batch => batch.published !== undefined)?.date
  const days = first === undefined ? [] : expectedDates(schedule, first, from, window.expectedTo)
  const missing = days.filter(date => !known.has(date)).map(date => missingDay(source, date))
  const { to = '9999-12-31' } = window
  const asked = ran.filter(({ date }) => date >= from && date <= to)
  const states = await Promise.all(asked.map(batch => stateOf(batch, judge)))
  return [...states, ...missing].sort((a, b) => (a.batch_date < b.batch_date ? -1 : 1))
}

async function stateOf(batch: BatchFacts, judge: Judge): Promise<BatchState> {
  const { source, date, lastRun, lastError, published } = batch
  return {
    source,
    batch_date: date,
    ...(await stateAndReason(batch, judge)),
    last_run: lastRun,
    last_error: lastError,
    published_run: published?.runId ?? null,
    published_at: published?.publishedAt ?? null,
    rows: published?.rows ?? null,
    quarantined: published?.quarantined ?? null,
    dropped: published?.dropped ?? null,
  }
}

async function stateAndReason(
  { source, date, lastRun, lastMessage, held, published }: BatchFacts,
  judge: Judge,
): Promise<Pick<BatchState, 'state' | 'reason'>> {
  if (lastRun === 'running') return { state: 'running', reason: null }
  if (held !== null) return { state: 'held', reason: held }
  if (published !== undefined) {
    const { kind, reason } = await judge({ source, date }, published)
    return kind === 'unchanged' ? { state: 'published', reason: lastMessage } : { state: 'stale', reason }
  }
  // A run that was killed left no word.
  const reason = lastMessage ?? (lastRun === 'aborted' ? 'its process ended before the run did' : null)
  return { state: lastRun === 'missing' ? 'input missing' : (lastRun as BatchState['state']), reason }
}

function missingDay(source: string, date: string): BatchState {
  return {
    source,
    batch_date: date,
    state: 'missing',
    reason: null,
    last_run: null,
    last_error: null,
    published_run: null,
    published_at: null,
    rows: null,
    quarantined: null,
    dropped: null,
  }
}

const dayMs = 86_400_000

/**
 * The days on which a schedule expects a batch, both ends included.
 *
 * @param first the source's first published batch; nothing is expected before it, and a weekly source delivers on its weekday
 */
export function expectedDates(schedule: Schedule, first: string, from: string, to: string): readonly string[] {
  if (schedule === 'irregular') return []
  const firstDay = new Date(`${first}T00:00:00Z`)
  const start = from > first ? new Date(`${from}T00:00:00Z`) : firstDay
  const days: string[] = []
  for (let time = start.getTime(); time <= Date.parse(`${to}T00:00:00Z`); time += dayMs) {
    const day = new Date(time)
    const weekday = day.getUTCDay()
    if (schedule === 'weekdays' && (weekday === 0 || weekday === 6)) continue
    if (schedule === 'weekly' && weekday !== firstDay.getUTCDay()) continue
    days.push(day.toISOString().slice(0, 10))
  }
  return days
}
