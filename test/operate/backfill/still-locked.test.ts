import test from 'ava'
import { type BatchOutcome, stillLocked } from '../../../pipelines/operate/backfill/outcome.ts'
import { testDatabase, withSession } from '../../helpers/database.ts'

test('what another run held is skipped once that run has published it, and locked while it has not', async t => {
  const { url } = await testDatabase(t)
  const locked = (date: string): BatchOutcome => ({
    batch: { source: 'source_a', date },
    outcome: 'locked',
    reason: 'held',
  })
  const failed: BatchOutcome = { ...locked('2023-05-01'), outcome: 'failed' }
  const days = ['2023-05-01', '2023-05-02', '2023-05-03'].map(locked)
  const now = await withSession(url, async session => {
    const clock = await session.query<{ now: string }>('select clock_timestamp()::text as now')
    const begunAt = clock.rows[0]?.now ?? ''
    // The first was published long before; the run of the second began before, and published since.
    await session.query(
      `insert into caseload.runs (run_id, source, batch_date, status, code_version, host, process_id, started_at, published_at)
       values
         (gen_random_uuid(), 'source_a', '2023-05-01', 'published', '', '', 0, now() - interval '2 days', now() - interval '1 day'),
         (gen_random_uuid(), 'source_a', '2023-05-02', 'published', '', '', 0, now() - interval '1 day', clock_timestamp())`,
    )
    return stillLocked(session, [...days, failed], begunAt)
  })
  t.deepEqual(
    now.map(one => one.outcome),
    ['locked', 'skipped', 'locked', 'failed'],
  )
  t.regex(now[1]?.reason ?? '', /^published or put back meanwhile: run [0-9a-f-]{36}$/)
})
