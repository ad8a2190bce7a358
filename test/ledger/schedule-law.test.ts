import test from 'ava'
import fc from 'fast-check'
import { batchStates } from '../../pipelines/ledger/status.ts'
import { decide, type TriedBatch } from '../../pipelines/operate/backfill/decide.ts'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { daysOf, type Schedule } from '../../pipelines/source/schedule.ts'
import type { Staleness } from '../../pipelines/source/fingerprint/staleness.ts'
import { testDatabase, withSession } from '../helpers/database.ts'

const unchanged: Staleness = { kind: 'unchanged', reason: 'nothing changed' }
// Six weeks over the end of a leap February.
const days = daysOf('2024-02-05', '2024-03-17')
const schedules: readonly Schedule[] = ['daily', 'weekdays', 'weekly', 'irregular']

test('law: status, backfill and the view missing_batches agree about the days on which a batch is expected', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, session =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...schedules),
        fc.subarray([...days], { minLength: 1 }),
        async (schedule, published) => {
          await session.query('begin')
          await publish(session, schedule, published)
          const first = published[0] ?? ''
          const last = published.at(-1) ?? ''
          t.deepEqual(await byView(session), byBackfill(schedule, published, first, last))
          t.deepEqual(await byStatus(session, last), byBackfill(schedule, published, first, last))
          // A gap at the end is for status and backfill alone: the view ends with the newest batch.
          t.deepEqual(await byStatus(session, '2024-03-31'), byBackfill(schedule, published, first, '2024-03-31'))
          await session.query('rollback')
        },
      ),
      { numRuns: 60 },
    ),
  )
})

async function publish(session: Session, schedule: Schedule, published: readonly string[]): Promise<void> {
  await session.query(
    `insert into caseload.sources (source, transformer, class, zone, schedule) values ('ward', 'ward', 'Ward', 'UTC', $1)`,
    [schedule],
  )
  await session.query(
    `insert into caseload.runs (run_id, source, batch_date, status, published_at, code_version, host, process_id)
     select gen_random_uuid(), 'ward', day, 'published', now(), '', '', 0
     from unnest($1::date[]) as p (day)`,
    [[...published]],
  )
}

async function byView(session: Session): Promise<readonly string[]> {
  const found = await session.query<{ day: string }>(
    'select batch_date::text as day from clinical.missing_batches order by batch_date',
  )
  return found.rows.map(row => row.day)
}

async function byStatus(session: Session, to: string): Promise<readonly string[]> {
  const window = { sources: ['ward'], from: undefined, to, expectedTo: to }
  const states = await batchStates(session, window, () => Promise.resolve(unchanged))
  return states.filter(one => one.state === 'overdue').map(one => one.batch_date)
}

function byBackfill(schedule: Schedule, published: readonly string[], from: string, to: string): readonly string[] {
  const tried: TriedBatch = { lastRun: 'published', lastError: null, pinned: null, staleness: unchanged }
  const source = {
    source: 'ward',
    installed: true,
    schedule,
    firstPublished: from,
    delivered: new Set<string>(),
    tried: new Map(published.map(day => [day, tried])),
  }
  return decide([source], { from, to, reprocess: 'unpublished', reverse: false })
    .filter(one => one.kind === 'not_delivered')
    .map(one => one.date)
}
