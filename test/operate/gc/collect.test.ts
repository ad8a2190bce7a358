import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import test from 'ava'
import { collectGarbage, previewGarbage } from '../../../pipelines/operate/gc/collect.ts'
import { isCaseload } from '../../../pipelines/operate/gc/dead-runs.ts'
import { garbageText } from '../../../pipelines/operate/gc/print.ts'
import { rowsOf } from '../../helpers/database.ts'
import { everything, hold, makeLeaf, open, publishRun, setScene, stageRun } from './scenes.ts'

const day = (date: string): { source: string; date: string } => ({ source: 'icu', date })
const first = day('2023-05-01')
const second = day('2023-05-02')
const third = day('2023-05-03')

const nothing = { batches: [], range_leaves: 0, stray_tables: [], lost_rejected_rows: 0, work_folders: [] }

test('a dead run goes with all it left; a live one beside it publishes afterwards; a second call finds nothing', async t => {
  const scene = await setScene(t)
  const { url, session, parts } = scene
  const dead = await stageRun(scene, first)
  const live = await stageRun(scene, second)
  const runner = await open(t, url)
  await hold(runner, second)

  const preview = await previewGarbage(session, parts)
  const before = await everything(url)
  const collected = await collectGarbage(session, parts)
  t.deepEqual(collected.batches, [
    { source: 'icu', batch_date: '2023-05-01', dead_runs: 1, staged_leaves: 1, kept_leaves: 0, rejected_rows: 1 },
  ])
  t.is(collected.work_folders.length, 1)
  t.deepEqual(preview, collected)
  t.true(before.length > (await everything(url)).length)
  t.like(await collectGarbage(session, parts), nothing)
  t.is(garbageText(await collectGarbage(session, parts), false), 'Nothing to remove.\n')

  t.deepEqual(
    readdirSync(parts.workRoot).map(name => name.slice(9, 17)),
    [live.slice(0, 8)],
  )
  await runner.query(`select caseload.publish($1, '5s', '50ms', 1, null)`, [live])
  t.deepEqual(await rowsOf(url, 'select visit_id from store.visits'), [{ visit_id: live }])
  const [aborted] = await rowsOf(url, 'select status, error_class from caseload.runs where run_id = $1', [dead])
  t.deepEqual(aborted, { status: 'aborted', error_class: 'ProcessDied' })
})

test('to preview changes nothing, and works where nothing may be changed', async t => {
  const scene = await setScene(t)
  await stageRun(scene, first)
  const before = await everything(scene.url)
  await scene.session.query('set default_transaction_read_only = on')
  const preview = await previewGarbage(scene.session, scene.parts)
  t.is(preview.batches.length, 1)
  t.regex(garbageText(preview, true), /would be removed/)
  t.deepEqual(await everything(scene.url), before)
  t.is(readdirSync(scene.parts.workRoot).length, 1)
})

test('a run that waits between two attempts is left alone, on this machine and on another', async t => {
  const scene = await setScene(t)
  const { url, session, parts } = scene
  const waiting = await stageRun(scene, first, { processId: 1 })
  const elsewhere = await stageRun(scene, second, { host: 'there' })
  const gone = await stageRun(scene, third, { host: 'there' })
  const runner = await open(t, url)
  let asked = 0
  const collected = await collectGarbage(session, {
    ...parts,
    letThemReconnect: async runs => {
      asked += runs
      await hold(runner, second)
      // It started while we waited, so nobody has waited for it.
      await stageRun(scene, day('2023-05-04'), { host: 'there' })
    },
  })
  t.is(asked, 2)
  t.deepEqual(
    collected.batches.map(batch => batch.batch_date),
    [third.date],
  )
  const running = await rowsOf(url, `select run_id from caseload.runs where status = 'running' order by batch_date`)
  t.deepEqual(running.slice(0, 2), [{ run_id: waiting }, { run_id: elsewhere }])
  t.is(running.length, 3)
  const folders = readdirSync(parts.workRoot).map(name => name.slice(9, 17))
  t.true(folders.includes(waiting.slice(0, 8)) && !folders.includes(gone.slice(0, 8)))
})

test('a process of caseload other than this one may be a run', t => {
  t.false(isCaseload(process.pid))
  t.false(isCaseload(2 ** 22 + 1))
})

test('versions beyond those kept go, and their rejected rows; what is published stays', async t => {
  const scene = await setScene(t)
  const { url, session, parts } = scene
  const runs: string[] = []
  for (let n = 0; n < 4; n++) {
    runs.push(await stageRun(scene, first))
    await publishRun(scene, runs.at(-1) ?? '')
  }
  const collected = await collectGarbage(session, { ...parts, keep: 2 })
  t.like(collected.batches, { 0: { dead_runs: 0, staged_leaves: 0, kept_leaves: 1, rejected_rows: 1 } })
  t.like(await collectGarbage(session, { ...parts, keep: 2 }), nothing)
  t.like((await collectGarbage(session, parts)).batches, { 0: { kept_leaves: 1 } })
  t.like((await collectGarbage(session, { ...parts, keep: 0 })).batches, { 0: { kept_leaves: 1, rejected_rows: 1 } })
  t.deepEqual(await rowsOf(url, 'select visit_id from store.visits'), [{ visit_id: runs[3] }])
  t.deepEqual(await rowsOf(url, `select 1 from pg_tables where schemaname = 'caseload_kept'`), [])
  t.is((await rowsOf(url, 'select 1 from caseload.quarantine_rows')).length, 1)
})

test('a leaf that the ledger lost goes; a table of somebody else, and one of a batch that is run, stay', async t => {
  const scene = await setScene(t)
  const { url, session, parts } = scene
  const lost = await makeLeaf(session, first, randomUUID())
  const held = await makeLeaf(session, second, randomUUID())
  const runner = await open(t, url)
  await hold(runner, second)
  await session.query('create table caseload_stage.notes (source text, batch_date date)')
  await session.query(
    `create table caseload_kept.visits_icu_20230501_0123456g (source text default 'icu', batch_date date default '2023-05-01')`,
  )
  const collected = await collectGarbage(session, parts)
  t.deepEqual(collected.stray_tables, [`caseload_stage.${lost}`])
  t.deepEqual(collected.left.map(({ what }) => what).sort(), [
    'caseload_kept.visits_icu_20230501_0123456g',
    'caseload_stage.notes',
    `caseload_stage.${held}`,
  ])
  t.deepEqual((await collectGarbage(session, parts)).stray_tables, [])
  await runner.end()
  t.deepEqual((await collectGarbage(session, parts)).stray_tables, [`caseload_stage.${held}`])
  const left = await rowsOf(
    url,
    `select relname from pg_class where relname in ('notes', 'visits_icu_20230501_0123456g')`,
  )
  t.is(left.length, 2)
})

test('leaves that a dead compaction staged go, unless somebody works on their month', async t => {
  const { url, session, parts } = await setScene(t)
  for (const [month, leaf] of [
    ['2023-04-01', 'visits_icu_20230401_0a1b2c3d'],
    ['2023-05-01', 'visits_icu_20230501_0a1b2c3d'],
  ]) {
    await session.query(
      `select caseload.create_range_leaf('visits', $1, 'icu', $2, ($2::date + interval '1 month')::date)`,
      [leaf, month],
    )
    await session.query(
      `insert into caseload.range_leaves (leaf, table_name, source, from_date, to_date, operation_id, replaces)
       values ($1, 'visits', 'icu', $2, ($2::date + interval '1 month')::date, $3, '{}')`,
      [leaf, month, randomUUID()],
    )
  }
  const worker = await open(t, url)
  await worker.query(`select pg_advisory_lock(caseload.month_key('icu', '2023-05-01'))`)
  t.is((await previewGarbage(session, parts)).range_leaves, 1)
  t.like(await collectGarbage(session, parts), { ...nothing, range_leaves: 1 })
  t.like(await collectGarbage(session, parts), nothing)
  const left = await rowsOf(url, `select tablename from pg_tables where schemaname = 'caseload_stage'`)
  t.deepEqual(left, [{ tablename: 'visits_icu_20230501_0a1b2c3d' }])
})

test('a detached version that somebody reads is left to the next call, and the rest is done', async t => {
  const scene = await setScene(t)
  const { url, session, parts } = scene
  for (let n = 0; n < 2; n++) await publishRun(scene, await stageRun(scene, first))
  await stageRun(scene, second)
  const [kept] = await rowsOf(url, `select leaf from caseload.tables where state = 'kept' and leaf is not null`)
  const reader = await open(t, url)
  await reader.query('begin')
  await reader.query(`select 1 from caseload_kept.${String(kept?.['leaf'])}`)
  const collected = await collectGarbage(session, { ...parts, keep: 0 })
  t.deepEqual(
    collected.batches.map(batch => batch.batch_date),
    [second.date],
  )
  t.like(collected.left, { 0: { what: 'icu 2023-05-01', reason: 'a session reads one of its tables' } })
  await reader.query('rollback')
  t.like((await collectGarbage(session, { ...parts, keep: 0 })).batches, { 0: { kept_leaves: 1 } })
})

test('what was found is looked at again under the lock', async t => {
  const scene = await setScene(t)
  const { url, session } = scene
  const dead = await stageRun(scene, first)
  const lost = await makeLeaf(session, second, randomUUID())
  const before = await everything(url)
  const batch = (run: string): Promise<unknown[]> =>
    rowsOf(url, 'select * from caseload.gc_batch($1, $2, 1, $3)', [first.source, first.date, [run]])
  const stray = async (): Promise<unknown> =>
    (await rowsOf(url, `select caseload.gc_drop_stray('caseload_stage', $1, 'icu', '2023-05-02') as gone`, [lost]))[0]
  const runner = await open(t, url)
  await hold(runner, first)
  await hold(runner, second)
  t.deepEqual(await batch(dead), [])
  t.deepEqual(await stray(), { gone: false })
  await runner.end()
  // Another run than the one that was found dead.
  t.deepEqual(await batch(randomUUID()), [])
  await session.query(
    `insert into caseload.tables (run_id, table_name, leaf, candidates, loaded, quarantined, removed)
     values ($1, 'patients', $2, 1, 1, 0, '{}')`,
    [dead, lost],
  )
  t.deepEqual(await stray(), { gone: false })
  await session.query('delete from caseload.tables where leaf = $1', [lost])
  t.deepEqual(await everything(url), before)
  t.is((await batch(dead)).length, 1)
  t.deepEqual(await stray(), { gone: true })
  await t.throwsAsync(rowsOf(url, `select caseload.gc_drop_stray('store', 'visits', 'icu', '2023-05-02')`), {
    message: /expected schema caseload_stage or caseload_kept, found store/,
  })
})

test('rejected rows of runs that somebody deleted from the ledger go', async t => {
  const scene = await setScene(t)
  const runId = await stageRun(scene, first)
  await publishRun(scene, runId)
  await scene.session.query(
    `insert into caseload.quarantine_rows (run_id, table_name, file, record_no, rule, reason)
     values ($1, 'visits', 'visits.csv', 1, 'pattern', 'synthetic'), ($1, 'visits', 'visits.csv', 2, 'pattern', 'synthetic')`,
    [randomUUID()],
  )
  t.is((await previewGarbage(scene.session, scene.parts)).lost_rejected_rows, 2)
  t.is((await collectGarbage(scene.session, scene.parts)).lost_rejected_rows, 2)
  t.deepEqual(await rowsOf(scene.url, 'select run_id from caseload.quarantine_rows'), [{ run_id: runId }])
})
