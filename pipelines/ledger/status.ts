import type { ChangedRule } from '../contract/rule-list.ts'
import type { Batch } from '../source/batch.ts'
import type { Staleness } from '../source/fingerprint/staleness.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { earlierDay, expectedDays, isExpected, lastDue, type Schedule } from '../source/schedule.ts'
import { batchFacts, type BatchFacts, type PublishedVersion } from './batch-facts.ts'
import { type BatchStateName, isProblem, unpublishedState } from './batch-states.ts'
import { hasReadableLedger } from './schema-state.ts'

/** The state of one batch, or of one day on which the schedule expects a batch. */
export interface BatchState {
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly batch_date: string
  readonly state: BatchStateName
  /** Why it is stale, pinned, dismissed or not published, or why its newest run failed while an older version is published; else null. */
  readonly reason: string | null
  /** Somebody has to look after it, see {@link isProblem}. */
  readonly problem: boolean
  /** How the newest run ended, null without a run. It may have failed while an older version is still published. */
  readonly last_run: string | null
  readonly last_error: string | null
  readonly published_run: string | null
  readonly published_at: string | null
  /** Rows of all tables. */
  readonly rows: number | null
  /** Rows and records of the published version that are in quarantine. */
  readonly quarantined: number | null
  /** Dropped values of the published version. */
  readonly dropped: number | null
  /** The rules and quality checks that the source or its project had changed for the published version. */
  readonly rules: readonly ChangedRule[]
}

/** Which days {@link batchStates} lists; both ends included. */
export interface StatusWindow {
  readonly sources: readonly string[]
  /** `yyyy-mm-dd`; default: the first batch of each source. */
  readonly from: string | undefined
  /** `yyyy-mm-dd`, the last day that is listed; default: the newest batch of each source, and all days that are due. */
  readonly to: string | undefined
  /** Decides which days are due, by the zone and the lateness of each source. */
  readonly now: Date
}

/** Compares a published batch with what a run would make now. */
export type CheckStaleness = (batch: Batch, published: PublishedVersion) => Promise<Staleness>

/** Whether a file of a batch came, or changed, after a moment, in milliseconds. */
export type CheckDelivered = (batch: Batch, moment: number) => Promise<boolean>

/** What the states of batches depend on besides the ledger. */
export interface StateChecks {
  readonly staleness: CheckStaleness
  readonly deliveredSince: CheckDelivered
}

/** Looks at the ledger alone: nothing is stale, and nothing came after its day was dismissed. */
export const ledgerAlone: StateChecks = {
  staleness: () => Promise.resolve({ kind: 'unchanged', reason: '' }),
  deliveredSince: () => Promise.resolve(false),
}

/** What the reason of a dismissed batch ends with if it was delivered since. */
const deliveredSince = 'delivered since'

/**
 * The state of every batch that ran, and of every day of the window on which a source's schedule expects one.
 *
 * @returns sorted by source and date; empty where the database has no ledger
 * @throws UsageError as {@link hasReadableLedger} does
 */
export async function batchStates(
  session: Session,
  window: StatusWindow,
  checks: StateChecks,
): Promise<readonly BatchState[]> {
  if (!(await hasReadableLedger(session))) return []
  const ran = await batchFacts(session, { sources: window.sources })
  const sources = await session.query<SourceRow>(readSql('sql/statements/ledger/source_schedules.sql'))
  const states = await Promise.all(
    sources.rows
      .filter(({ source }) => window.sources.length === 0 || window.sources.includes(source))
      .map(row => {
        const own = ran.filter(batch => batch.source === row.source)
        return statesOf(row, own, window, checks)
      }),
  )
  return states.flat()
}

interface SourceRow {
  readonly source: string
  readonly schedule: Schedule
  readonly zone: string
  readonly due: string
  readonly lag_days: number
}

async function statesOf(
  { source, schedule, zone, due, lag_days: lagDays }: SourceRow,
  ran: readonly BatchFacts[],
  window: StatusWindow,
  checks: StateChecks,
): Promise<readonly BatchState[]> {
  const { to = '9999-12-31' } = window
  const lastDay = earlierDay(lastDue({ due, lagDays }, zone, window.now), to)
  const from = window.from ?? ran[0]?.date ?? lastDay
  const known = new Set(ran.map(batch => batch.date))
  // A source that has never published, such as a site whose name was mistyped once, owes no delivery.
  const first = ran.find(batch => batch.published !== undefined)?.date
  const days = first === undefined ? [] : expectedDays(schedule, first, from, lastDay)
  const overdue = days.filter(date => !known.has(date)).map(date => overdueDay(source, date))
  const asked = ran.filter(({ date }) => date >= from && date <= to)
  const states = await Promise.all(
    asked.map(async batch => {
      const { date, lastRun, lastError, dismissedAt } = batch
      const isLate = dismissedAt !== undefined && (await checks.deliveredSince({ source, date }, dismissedAt))
      const state = await stateOf(batch, checks.staleness, isLate)
      const isOwed = first !== undefined && date >= first && isExpected(schedule, first, date)
      return {
        ...state,
        problem: isProblem(state.state, { lastRun, lastError, isDue: date <= lastDay, isExpected: isOwed, isLate }),
      }
    }),
  )
  return [...states, ...overdue].sort((a, b) => (a.batch_date < b.batch_date ? -1 : 1))
}

async function stateOf(
  batch: BatchFacts,
  checkStaleness: CheckStaleness,
  isLate: boolean,
): Promise<Omit<BatchState, 'problem'>> {
  const { source, date, lastRun, lastError, published } = batch
  return {
    source,
    batch_date: date,
    ...(await stateAndReason(batch, checkStaleness, isLate)),
    last_run: lastRun,
    last_error: lastError,
    published_run: published?.runId ?? null,
    published_at: published?.publishedAt ?? null,
    rows: published?.rows ?? null,
    quarantined: published?.quarantined ?? null,
    dropped: published?.dropped ?? null,
    rules: published?.rules ?? [],
  }
}

async function stateAndReason(
  { source, date, lastRun, lastMessage, lastError, pinned, dismissedAt, published }: BatchFacts,
  checkStaleness: CheckStaleness,
  isLate: boolean,
): Promise<Pick<BatchState, 'state' | 'reason'>> {
  if (lastRun === 'running') return { state: 'running', reason: null }
  if (pinned !== null && dismissedAt === undefined) return { state: 'pinned', reason: pinned }
  if (pinned !== null) return { state: 'dismissed', reason: isLate ? `${pinned}; ${deliveredSince}` : pinned }
  if (published !== undefined) {
    const { kind, reason } = await checkStaleness({ source, date }, published)
    return kind === 'unchanged' ? { state: 'published', reason: lastMessage } : { state: 'stale', reason }
  }
  // A run that was killed could not record why.
  const reason = lastMessage ?? (lastRun === 'aborted' ? 'its process ended before the run did' : null)
  return { state: unpublishedState(lastRun, lastError), reason }
}

function overdueDay(source: string, date: string): BatchState {
  return {
    source,
    batch_date: date,
    state: 'overdue',
    reason: null,
    problem: true,
    last_run: null,
    last_error: null,
    published_run: null,
    published_at: null,
    rows: null,
    quarantined: null,
    dropped: null,
    rules: [],
  }
}
