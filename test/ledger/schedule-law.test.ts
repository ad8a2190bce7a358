import test from 'ava'
import fc from 'fast-check'
import { batchStates, ledgerAlone } from '../../pipelines/ledger/status.ts'
import { decide, type TriedBatch } from '../../pipelines/operate/backfill/decide.ts'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { daysOf, endOfNextDay, lastDue, type Lateness, type Schedule } from '../../pipelines/source/schedule.ts'
import type { Staleness } from '../../pipelines/source/fingerprint/staleness.ts'
import { testDatabase, withSession } from '../helpers/database.ts'

const unchanged: Staleness = { kind: 'unchanged', reason: 'nothing changed' }
// Six weeks over the end of a leap February.
const days = daysOf('2024-02-05', '2024-03-17')
const schedules: readonly Schedule[] = ['daily', 'weekdays', 'weekly', 'irregular']

const latenesses = fc.record({
  due: fc.constantFrom('00:00', '07:30', '12:00', '23:59', '24:00'),
  lagDays: fc.integer({ min: 0, max: 3 }),
})
const zones = ['UTC', 'Pacific/Kiritimati', 'Pacific/Pago_Pago', 'America/St_Johns', 'Asia/Kolkata']

test('law: status, backfill and the view missing_batches agree about the days on which a batch is expected', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, session =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...schedules),
        fc.subarray([...days], { minLength: 1 }),
        fc.subarray([...days], { maxLength: 5 }),
        async (schedule, published, settled) => {
          await session.query('begin')
          await publish(session, { schedule, ...endOfNextDay }, published)
          const dismissed = settled.filter(day => !published.includes(day))
          await dismissDays(session, dismissed)
          const now = new Date('2024-05-01T12:00:00Z')
          const first = published[0] ?? ''
          const last = published.at(-1) ?? ''
          const known = { schedule, published, dismissed }
          t.deepEqual(await byView(session), byBackfill(known, first, last))
          t.deepEqual(await byStatus(session, now, last), byBackfill(known, first, last))
          // A gap at the end is for status and backfill alone: the view ends with the newest batch.
          t.deepEqual(await byStatus(session, now, '2024-03-31'), byBackfill(known, first, '2024-03-31'))
          await session.query('rollback')
        },
      ),
      { numRuns: 60 },
    ),
  )
})

test('law: the three agree about the days that are due by now, in the zone of the source', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, session =>
    fc.assert(
      fc.asyncProperty(
        latenesses,
        fc.constantFrom(...zones),
        fc.subarray([8, 7, 6, 5, 4, 3, 2, 1, 0], { minLength: 1 }),
        async (lateness, zone, ago) => {
          await session.query('begin')
          const clock = await session.query<{ ms: number; today: string }>(
            `select floor(extract(epoch from now()) * 1000)::float8 as ms, (now() at time zone 'UTC')::date::text as today`,
          )
          const { ms = 0, today = '' } = clock.rows[0] ?? {}
          const now = new Date(ms)
          const published = ago.map(days => new Date(Date.parse(today) - days * 86_400_000).toISOString().slice(0, 10))
          await publish(session, { schedule: 'daily', zone, ...lateness }, published)
          const due = lastDue(lateness, zone, now)
          const first = published[0] ?? ''
          const last = published.at(-1) ?? ''
          const known = { schedule: 'daily' as const, published, dismissed: [], due }
          t.deepEqual(await byView(session), byBackfill(known, first, last))
          t.deepEqual(await byStatus(session, now, undefined), byBackfill(known, first, due))
          await session.query('rollback')
        },
      ),
      { numRuns: 60 },
    ),
  )
})

interface Declared extends Lateness {
  readonly schedule: Schedule
  readonly zone?: string
}

async function publish(
  session: Session,
  { schedule, zone = 'UTC', due, lagDays }: Declared,
  published: readonly string[],
): Promise<void> {
  await session.query(
    `insert into caseload.sources (source, transformer, class, zone, schedule, due, lag_days)
     values ('ward', 'ward', 'Ward', $1, $2, $3, $4)`,
    [zone, schedule, due, lagDays],
  )
  await session.query(
    `insert into caseload.runs (run_id, source, batch_date, status, published_at, code_version, host, process_id)
     select gen_random_uuid(), 'ward', day, 'published', now(), '', '', 0
     from unnest($1::date[]) as p (day)`,
    [[...published]],
  )
}

async function dismissDays(session: Session, dismissed: readonly string[]): Promise<void> {
  await session.query(
    `select caseload.pin('ward', day, 'dismissed', 'closed', 'jane') from unnest($1::date[]) as d (day)`,
    [[...dismissed]],
  )
}

async function byView(session: Session): Promise<readonly string[]> {
  const found = await session.query<{ day: string }>(
    'select batch_date::text as day from clinical.missing_batches order by batch_date',
  )
  return found.rows.map(row => row.day)
}

async function byStatus(session: Session, now: Date, to: string | undefined): Promise<readonly string[]> {
  const window = { sources: ['ward'], from: undefined, to, now }
  const states = await batchStates(session, window, ledgerAlone)
  return states.filter(one => one.state === 'overdue').map(one => one.batch_date)
}

interface Known {
  readonly schedule: Schedule
  readonly published: readonly string[]
  readonly dismissed: readonly string[]
  /** The last day that is due. */
  readonly due?: string
}

function byBackfill({ schedule, published, dismissed, due }: Known, from: string, to: string): readonly string[] {
  const tried: TriedBatch = { lastRun: 'published', lastError: null, pinned: null, staleness: unchanged }
  const settled: TriedBatch = { lastRun: null, lastError: null, pinned: 'closed', staleness: undefined }
  const source = {
    source: 'ward',
    installed: true,
    schedule,
    firstPublished: from,
    expectedTo: due,
    delivered: new Set<string>(),
    tried: new Map([...published.map(day => [day, tried] as const), ...dismissed.map(day => [day, settled] as const)]),
  }
  return decide([source], { from, to, reprocess: 'unpublished', reverse: false })
    .filter(one => one.kind === 'not_delivered')
    .map(one => one.date)
}
