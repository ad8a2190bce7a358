import test from 'ava'
import { errorCode } from '../../../pipelines/platform/server-error.ts'
import { publish } from '../../../pipelines/publish/publish.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import {
  contents,
  disorder,
  knownSource,
  leavesOf,
  merge,
  never,
  olderReader,
  quietLog,
  run,
  seen,
  source,
  stagedRun,
  without,
} from './batches.ts'

const visitsLeaves = async (url: string): Promise<readonly string[]> =>
  (await leavesOf(url)).filter(leaf => leaf.startsWith('visits '))

/** The kept leaf of each replaced run, as `table day rows`. */
async function keptRows(url: string): Promise<readonly unknown[]> {
  const kept = await rowsOf(
    url,
    `select t.table_name, t.leaf from caseload.tables as t join caseload.runs as r using (run_id)
     where t.state = 'kept' and r.status = 'replaced' and t.leaf is not null order by r.batch_date, t.table_name`,
  )
  const found: unknown[] = []
  for (const { table_name, leaf } of kept) {
    const [row] = await rowsOf(
      url,
      `select min(batch_date) || '..' || max(batch_date) as days, count(*) as rows from caseload_kept."${String(leaf)}"`,
    )
    found.push(`${String(table_name)} ${String(row?.['days'])} ${String(row?.['rows'])}`)
  }
  return found
}

test('a run of a day in a merged month replaces just that day: the first, the last, one between, one without a batch', async t => {
  const { url } = await testDatabase(t)
  await knownSource(url)
  for (const day of ['01', '02', '10', '31']) await run(url, `2022-12-${day}`, { patients: 2, visits: 3 })
  await run(url, '2022-12-11', { patients: 2, diagnoses: 2 })
  await run(url, '2022-12-12', { diagnoses: 1 })
  await merge(url, '2023-01-01')
  const merged = await seen(url)
  t.deepEqual(await visitsLeaves(url), ['visits 2022-12-01..2023-01-01'])

  await run(url, '2022-12-10', { patients: 2, visits: 1 }, 'new')
  t.deepEqual(without(await seen(url), '10'), without(merged, '10'))
  t.regex((await seen(url))['visits 2022-12-10'] ?? '', /^1 rows/)
  t.deepEqual(await visitsLeaves(url), [
    'visits 2022-12-01..2022-12-10',
    'visits 2022-12-10..2022-12-11',
    'visits 2022-12-11..2023-01-01',
  ])
  t.deepEqual(await keptRows(url), ['patients 2022-12-10..2022-12-10 2', 'visits 2022-12-10..2022-12-10 3'])

  await run(url, '2022-12-01', { patients: 1, visits: 1 }, 'new')
  t.deepEqual(without(await seen(url), '01', '10'), without(merged, '01', '10'))
  const older = await olderReader(t, url)
  const before = await seen(url)
  await run(url, '2022-12-31', { visits: 1 }, 'new')
  t.deepEqual(without(await contents(older), '31'), without(before, '31'), 'a snapshot from before the split')
  await older.query('rollback')

  const late = await seen(url)
  await run(url, '2022-12-20', { patients: 1, diagnoses: 1 }, 'late')
  t.deepEqual(without(await seen(url), '20'), late)
  t.deepEqual(await visitsLeaves(url), [
    'visits 2022-12-01..2022-12-02',
    'visits 2022-12-02..2022-12-10',
    'visits 2022-12-10..2022-12-11',
    'visits 2022-12-31..2023-01-01',
  ])
  t.deepEqual(await keptRows(url), [
    'patients 2022-12-01..2022-12-01 2',
    'visits 2022-12-01..2022-12-01 3',
    'patients 2022-12-10..2022-12-10 2',
    'visits 2022-12-10..2022-12-10 3',
    'patients 2022-12-31..2022-12-31 2',
    'visits 2022-12-31..2022-12-31 3',
  ])
  t.deepEqual(await disorder(url), [])

  const whole = await seen(url)
  await merge(url, '2023-01-01')
  t.deepEqual(await seen(url), whole, 'what was split can be merged again')
  t.deepEqual(await visitsLeaves(url), ['visits 2022-12-01..2023-01-01'])
  t.deepEqual(await disorder(url), [])
})

test('a table that the new run has no rows of loses those of that day, and no others', async t => {
  const { url } = await testDatabase(t)
  await knownSource(url)
  for (const day of ['01', '02', '03']) await run(url, `2022-12-${day}`, { patients: 2, visits: 3 })
  await merge(url, '2023-01-01')
  const merged = await seen(url)
  await run(url, '2022-12-02', { diagnoses: 1 }, 'new')
  t.deepEqual(without(await seen(url), 'diagnoses 2022-12-02'), without(merged, '02'))
  t.deepEqual(await leavesOf(url), [
    'diagnoses 2022-12-02..2022-12-03',
    'patients 2022-12-01..2022-12-02',
    'patients 2022-12-03..2023-01-01',
    'visits 2022-12-01..2022-12-02',
    'visits 2022-12-03..2023-01-01',
  ])
  t.deepEqual(
    await rowsOf(url, `select distinct from_date, to_date from caseload.range_leaves`),
    [{ from_date: '2022-12-03', to_date: '2023-01-01' }],
    'a leaf of one day is like any other',
  )
  await run(url, '2022-12-01', { patients: 1 }, 'new')
  t.deepEqual(await disorder(url), [])
})

test('a run that has not staged the split cannot publish, and readers keep what they had', async t => {
  const { url } = await testDatabase(t)
  await knownSource(url)
  for (const day of ['01', '02']) await run(url, `2022-12-${day}`, { patients: 2 })
  await merge(url, '2023-01-01')
  const merged = await seen(url)
  await withSession(url, async session => {
    const { runId } = await stagedRun(session, url, '2022-12-01', { patients: 1 }, 'new')
    const batch = { source, date: '2022-12-01' }
    const error = await t.throwsAsync(
      publish(session, batch, runId, () => Promise.resolve(false), { signal: never, log: quietLog() }),
    )
    t.is(errorCode(error), 'CL002')
  })
  t.deepEqual(await seen(url), merged)
})
