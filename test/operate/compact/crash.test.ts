import test, { type ExecutionContext } from 'ava'
import { connect, type Session } from '../../../pipelines/platform/postgres.ts'
import { publishBatch } from '../../../pipelines/publish/publish-batch.ts'
import { caseload, ended, start } from '../../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { until } from '../../helpers/until.ts'
import { disorder, knownSource, leavesOf, merge, publishing, run, seen, stagedRun, without } from './batches.ts'

const days = ['01', '02', '03']

async function loaded(t: ExecutionContext): Promise<string> {
  const { url } = await testDatabase(t)
  await knownSource(url)
  for (const day of days) await run(url, `2022-12-${day}`, { patients: 4, visits: 5 })
  return url
}

/** A reader of the source's tables: nothing is swapped until it is over. */
async function reading(url: string): Promise<Session> {
  const session = await connect({ url, applicationName: 'caseload test reader' })
  await session.query('begin')
  await session.query('select 1 from store.visits')
  return session
}

/** Waits until so many leaves are staged and their operation waits for readers. */
async function staged(url: string, leaves: number): Promise<void> {
  await until(async () => {
    const rows = await rowsOf(url, `select 1 from caseload.range_leaves where state = 'staged'`)
    const waiting = await rowsOf(
      url,
      `select 1 from pg_catalog.pg_locks where not granted and mode = 'AccessExclusiveLock'
         and database = (select oid from pg_catalog.pg_database where datname = current_database())`,
    )
    return rows.length === leaves && waiting.length > 0
  })
}

/** Ends the server's side of whoever writes, as a crash of the server would. */
async function endBackends(url: string, like: string): Promise<void> {
  await rowsOf(
    url,
    `select pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
     where datname = current_database() and application_name like $1`,
    [like],
  )
}

test('a merge killed before its swap changes nothing, and the next one clears up and goes through', async t => {
  const url = await loaded(t)
  const before = await seen(url)
  const leaves = await leavesOf(url)
  const reader = await reading(url)
  const command = start(['compact', 'source_a', '--before', '2023-01-01'], { url })
  const over = ended(command)
  await staged(url, 2)
  command.kill('SIGKILL')
  await over
  // While the server does not know, it may still swap: then readers see the new leaves.
  await until(async () => {
    const left = `select 1 from pg_catalog.pg_stat_activity where application_name like 'caseload compact%' and datname = current_database()`
    return (await rowsOf(url, left)).length === 0
  })
  await reader.end()
  t.deepEqual(await seen(url), before)
  t.deepEqual(await leavesOf(url), leaves)
  t.is((await disorder(url)).length, 6, 'two leaves, two rows of the ledger, that no run has')
  const again = await caseload(['compact', 'source_a', '--before', '2023-01-01', '--json'], { url })
  t.is(again.code, 0, again.stderr)
  t.deepEqual(JSON.parse(again.stdout), {
    source: 'source_a',
    before: '2023-01-01',
    dryRun: false,
    months: [{ month: '2022-12', tables: 2, leaves: 6, rows: 27 }],
  })
  t.deepEqual(await seen(url), before)
  t.deepEqual(await disorder(url), [])
})

test('a merge whose connection breaks before its swap changes nothing, and says that it can be called again', async t => {
  const url = await loaded(t)
  const before = await seen(url)
  const reader = await reading(url)
  const merging = t.throwsAsync(merge(url, '2023-01-01'), { name: 'DatabaseError', message: /2022-12.*goes on/ })
  await staged(url, 2)
  await endBackends(url, 'caseload compact%')
  await merging
  await reader.end()
  t.deepEqual(await seen(url), before)
  await withSession(url, async session => {
    const dropped = await session.query('select caseload.drop_dead_ranges() as n')
    t.deepEqual(dropped.rows, [{ n: 2 }])
  })
  t.deepEqual(await disorder(url), [])
})

test("what a living operation has staged is not taken for a dead one's", async t => {
  const url = await loaded(t)
  const reader = await reading(url)
  const merging = merge(url, '2023-01-01')
  await staged(url, 2)
  await withSession(url, async session => {
    t.deepEqual((await session.query('select caseload.drop_dead_ranges() as n')).rows, [{ n: 0 }])
  })
  await reader.end()
  t.is((await merging)[0]?.tables, 2)
  t.deepEqual(await disorder(url), [])
})

test('a run whose connection breaks between split and publish changes nothing; the next run of the month clears up', async t => {
  const url = await loaded(t)
  await merge(url, '2023-01-01')
  const merged = await seen(url)
  const reader = await reading(url)
  const session = await connect({ url, applicationName: 'caseload test run' })
  const { runId } = await stagedRun(session, url, '2022-12-02', { visits: 1 }, 'lost')
  const publishes = t.throwsAsync(publishBatch(session, publishing(url, '2022-12-02', runId)))
  await staged(url, 6)
  await endBackends(url, 'caseload test run')
  await publishes
  await session.end()
  await reader.end()
  t.deepEqual(await seen(url), merged)
  await run(url, '2022-12-03', { visits: 1 }, 'new')
  t.deepEqual(without(await seen(url), '03'), without(merged, '03'))
  await run(url, '2022-12-02', { visits: 1 }, 'new')
  t.deepEqual(without(await seen(url), '02', '03'), without(merged, '02', '03'))
  t.deepEqual(await disorder(url), [])
})
