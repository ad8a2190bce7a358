import { join } from 'node:path'
import test from 'ava'
import { caseload, root } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { seenByReaders } from '../../system/crash/readers.ts'

test('the days of a source with full lists run one after the other in the queue, and publish what a backfill does', async t => {
  const { url } = await testDatabase(t)
  const other = await testDatabase(t)
  const env = { CASELOAD_LANDING: join(root, 'data') }
  t.like(await caseload(['backfill', 'home_monitoring', 'source_a', '--concurrency', '2'], { url: other.url, env }), {
    code: 0,
  })
  // source_a has no full list: its days may run beside.
  t.like(await caseload(['enqueue', '--reverse', 'home_monitoring', 'source_a'], { url, env }), { code: 0 })
  const workers = await Promise.all(
    [1, 2].map(() => caseload(['worker', '--drain', '--concurrency', '2'], { url, env })),
  )
  for (const { code, stderr } of workers) t.is(code, 0, stderr)
  const runs = await rowsOf(
    url,
    `select batch_date::text as day, status,
       started_at > coalesce(lag(ended_at) over (order by batch_date), '-infinity') as in_turn
     from caseload.runs where source = 'home_monitoring' order by batch_date, started_at`,
  )
  t.deepEqual(
    runs,
    ['2023-05-01', '2023-05-02', '2023-05-03'].map(day => ({ day, status: 'published', in_turn: true })),
  )
  t.is(await seenByReaders(url), await seenByReaders(other.url))
})
