import test from 'ava'
import { ended, start } from '../../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { patient, testLanding } from '../../helpers/landing.ts'
import { ampleTimeout } from '../../helpers/limit.ts'
import { until } from '../../helpers/until.ts'
import { disorder, knownSource, leavesOf, merge, run, seen, source } from './batches.ts'

test('a run of a day in a merged month that is stopped while it waits to publish leaves nothing staged', async t => {
  const { url } = await testDatabase(t)
  await knownSource(url)
  for (const day of ['01', '02', '03']) await run(url, `2023-05-${day}`, { patients: 2, visits: 3 })
  await merge(url, '2023-06-01')
  const merged = await seen(url)
  const leaves = await leavesOf(url)
  const landing = testLanding(t)
  landing.write(`${source}/20230502/visit_events.json`, JSON.stringify([patient('P1', 'Avery Sample')]))
  const args = ['run', source, '20230502', '--landing', landing.root]
  // Only of this database, and now: an idle session may have published last.
  const publishing = `select from pg_stat_activity
    where state = 'active' and query like 'select caseload.publish(%' and datname = current_database()`
  let limit = ''

  for (const stop of ['SIGTERM', '--timeout'] as const) {
    await withSession(url, async reader => {
      await reader.query('begin')
      await reader.query('lock table store.visits in access share mode')
      const child = start(stop === 'SIGTERM' ? args : [...args, '--timeout', limit], { url })
      const over = ended(child)
      // How long a run takes here to get that far is known from the first one.
      limit = await ampleTimeout(() => until(async () => (await rowsOf(url, publishing)).length > 0))
      t.not((await rowsOf(url, `select from caseload.range_leaves where state = 'staged'`)).length, 0)
      if (stop === 'SIGTERM') child.kill('SIGTERM')
      const { code, stderr } = await over
      t.is(code, stop === 'SIGTERM' ? 143 : 124, stderr)
      await reader.query('rollback')
    })
    t.deepEqual(await disorder(url), [], stop)
  }
  t.deepEqual(await seen(url), merged)
  t.deepEqual(await leavesOf(url), leaves)
})
