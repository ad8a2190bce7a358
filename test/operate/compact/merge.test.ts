import test from 'ava'
import { compact } from '../../../pipelines/operate/compact/compact.ts'
import { crowdedTables, warnOfLeaves } from '../../../pipelines/publish/leaf-count.ts'
import { publishedBatch } from '../../../pipelines/audit/published-batch.ts'
import { runChecks } from '../../../pipelines/audit/run-checks.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import {
  contents,
  disorder,
  knownSource,
  leavesOf,
  merge,
  never,
  olderReader,
  opener,
  quietLog,
  run,
  seen,
  source,
  without,
} from './batches.ts'

test('a merged month has the same rows, in one leaf per table; months that are not over are left alone', async t => {
  const { url } = await testDatabase(t)
  await knownSource(url)
  await run(url, '2022-11-30', { patients: 2, visits: 2 })
  await run(url, '2022-12-01', { patients: 3, visits: 2000 })
  await run(url, '2022-12-15', { patients: 1 }, 'replaced')
  await run(url, '2022-12-15', { patients: 4, visits: 5, diagnoses: 6 })
  await run(url, '2022-12-31', { patients: 5, visits: 1 })
  await run(url, '2023-01-01', { patients: 1 })
  await run(url, '2023-01-02', { patients: 1 })
  const before = await seen(url)
  const kept = await rowsOf(url, `select leaf from caseload.tables where state = 'kept'`)
  const older = await olderReader(t, url)

  const order = { source, openSession: opener(url), signal: never, log: quietLog() }
  const planned = await compact({ ...order, before: '2023-01-01', dryRun: true })
  t.is((await leavesOf(url)).length, 11, 'a dry run changes nothing')
  t.deepEqual(await compact({ ...order, before: '2022-12-31', dryRun: false }), [
    { month: '2022-11', tables: 0, leaves: 0, rows: 0 },
  ])
  const merged = await merge(url, '2023-01-01')

  t.deepEqual(merged, planned)
  t.deepEqual(merged, [
    { month: '2022-11', tables: 0, leaves: 0, rows: 0 },
    { month: '2022-12', tables: 2, leaves: 6, rows: 2018 },
  ])
  t.deepEqual(await leavesOf(url), [
    'diagnoses 2022-12-15..2022-12-16',
    'patients 2022-11-30..2022-12-01',
    'patients 2022-12-01..2023-01-01',
    'patients 2023-01-01..2023-01-02',
    'patients 2023-01-02..2023-01-03',
    'visits 2022-11-30..2022-12-01',
    'visits 2022-12-01..2023-01-01',
  ])
  t.deepEqual(await contents(older), before, 'a snapshot from before the merge')
  t.deepEqual(await seen(url), before)
  t.deepEqual(await rowsOf(url, `select leaf from caseload.tables where state = 'kept'`), kept)
  t.deepEqual(await disorder(url), [])
  t.deepEqual(
    await rowsOf(url, 'select table_name, from_date, to_date, state from caseload.range_leaves order by 1'),
    ['patients', 'visits'].map(table_name => ({
      table_name,
      from_date: '2022-12-01',
      to_date: '2023-01-01',
      state: 'published',
    })),
  )
  const indexes = await rowsOf(
    url,
    `select count(*) as n from pg_catalog.pg_index as i
     join caseload.range_leaves as g on i.indrelid = format('store.%I', g.leaf)::regclass
     where exists (select from pg_catalog.pg_inherits as h where h.inhrelid = i.indexrelid)`,
  )
  t.true(Number(indexes[0]?.['n']) >= 2, 'the indexes of the tables')
  t.deepEqual(
    (await merge(url, '2023-01-01'))[1],
    { month: '2022-12', tables: 0, leaves: 0, rows: 0 },
    'once is enough',
  )
})

test('what reads the leaf of a batch reads that batch alone once its leaf holds a month', async t => {
  const { url } = await testDatabase(t)
  await knownSource(url)
  await run(url, '2022-12-01', { patients: 30 })
  await run(url, '2022-12-02', { patients: 7 })
  await merge(url, '2023-01-01')
  await withSession(url, async session => {
    const batch = { source, date: '2022-12-02' }
    const published = await publishedBatch(session, batch)
    if (published === undefined) return t.fail()
    const counted = {
      name: 'all_of_them',
      table: 'patients',
      severity: 'warn',
      by: undefined,
      sql: 'select patient_id from patients',
      origin: 'a test',
    } as const
    const noName = { kind: 'range', table: 'patients', column: 'birth_date', bounds: { least: '1950-01-05' } } as const
    const results = await runChecks(session, {
      batch,
      runId: published.runId,
      tables: published.tables,
      checks: { rules: [{ ...noName, severity: 'warn' }], sql: [counted] },
    } as unknown as Parameters<typeof runChecks>[1])
    t.deepEqual(
      results.filter(({ table, check }) => table === 'patients' && check !== 'row_count').map(one => one.badRows),
      [3, 7],
    )
  })
})

test('columns that were added since, and one that was dropped, do not matter', async t => {
  const { url } = await testDatabase(t)
  await knownSource(url)
  await run(url, '2022-12-01', { patients: 3 })
  await rowsOf(url, 'alter table store.patients add column gone text, add column "Own Note" text')
  await rowsOf(url, 'alter table store.patients drop column gone')
  await run(url, '2022-12-02', { patients: 3 })
  await rowsOf(url, `update store.patients set "Own Note" = 'note ' || patient_id, address = 'A, "B"'`)
  const before = await seen(url)
  await merge(url, '2023-01-01')
  t.deepEqual(await seen(url), before)
  await run(url, '2022-12-02', { patients: 1 })
  t.deepEqual(without(await seen(url), '02'), without(before, '02'))
})

test('tables with many leaves are warned of, over all sources', async t => {
  const { url } = await testDatabase(t)
  await knownSource(url)
  for (const date of ['2022-12-01', '2022-12-02', '2022-12-03']) await run(url, date, { patients: 1 })
  await run(url, '2022-12-04', { visits: 1 })
  const warnings: string[] = []
  await withSession(url, async session => {
    t.deepEqual(await crowdedTables(session), [])
    t.deepEqual(await crowdedTables(session, 4), [])
    t.deepEqual(await crowdedTables(session, 3), [{ table: 'patients', leaves: 3, source, sourceLeaves: 3 }])
    await warnOfLeaves(session, quietLog(warnings), 3)
    await merge(url, '2023-01-01')
    t.deepEqual(await crowdedTables(session, 2), [])
  })
  t.is(warnings.length, 1)
  t.regex(warnings[0] ?? '', /^patients has 3 leaves.*caseload compact source_a --before/)
})
