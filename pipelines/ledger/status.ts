import type { Session } from '../postgres.ts'
import { readSql } from '../sql.ts'
import type { Schedule } from '../transformer.ts'
import { isMigrated, migrate } from './migrate.ts'

/** What is known of one batch, or of one day on which there should be one. */
export interface BatchState {
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly batch_date: string
  /** What readers see of it; `missing` where the schedule expects a batch and no run ever tried. */
  readonly state: 'published' | 'running' | 'failed' | 'refused' | 'input missing' | 'aborted' | 'missing'
  /** How the newest run ended, null if there was none. It may have failed while an older one is still published. */
  readonly last_run: string | null
  readonly last_error: string | null
  readonly published_run: string | null
  readonly published_at: string | null
  /** Rows of all tables. */
  readonly rows: number | null
}

type BatchRow = Omit<BatchState, 'state'> & { readonly last_run: string }

/** Which days {@link batchStates} speaks of; both ends included. */
export interface StatusWindow {
  readonly sources: readonly string[]
  /** `yyyy-mm-dd`; default: the first batch of each source. */
  readonly from: string | undefined
  /** `yyyy-mm-dd`, the last day on which a batch is expected. */
  readonly to: string
}

/**
 * The state of every batch that ran, and of every day of the window on which a source's schedule expects one.
 *
 * @returns sorted by source and date
 */
export async function batchStates(session: Session, window: StatusWindow): Promise<readonly BatchState[]> {
  if (!(await isMigrated(session))) await migrate(session)
  const ran = await session.query<BatchRow>(readSql('sql/statements/batch_states.sql'))
  const sources = await session.query<{ source: string; schedule: Schedule }>(
    'select source, schedule from caseload.sources order by source',
  )
  return sources.rows
    .filter(({ source }) => window.sources.length === 0 || window.sources.includes(source))
    .flatMap(({ source, schedule }) =>
      statesOf(
        source,
        schedule,
        ran.rows.filter(row => row.source === source),
        window,
      ),
    )
}

function statesOf(source: string, schedule: Schedule, ran: readonly BatchRow[], window: StatusWindow): BatchState[] {
  const from = window.from ?? ran[0]?.batch_date ?? window.to
  const known = new Set(ran.map(row => row.batch_date))
  // Nothing is expected of a source that has never delivered, such as a site whose name was mistyped once.
  const first = ran.find(row => row.published_run !== null)?.batch_date
  const days = first === undefined ? [] : expectedDates(schedule, first, from, window.to)
  const expected = days.filter(date => !known.has(date))
  const missing = expected.map(date => missingDay(source, date))
  const states = ran.filter(row => row.batch_date >= from).map(row => ({ ...row, state: stateOf(row) }))
  return [...states, ...missing].sort((a, b) => (a.batch_date < b.batch_date ? -1 : 1))
}

function stateOf(row: BatchRow): BatchState['state'] {
  if (row.last_run === 'running') return 'running'
  if (row.published_run !== null) return 'published'
  if (row.last_run === 'missing') return 'input missing'
  return row.last_run as BatchState['state']
}

function missingDay(source: string, date: string): BatchState {
  return {
    source,
    batch_date: date,
    state: 'missing',
    last_run: null,
    last_error: null,
    published_run: null,
    published_at: null,
    rows: null,
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
