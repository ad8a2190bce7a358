import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { LockedError } from '../../pipelines/platform/errors.ts'
import { lockWaitLimits } from '../../pipelines/platform/lock-wait.ts'
import { errorCode } from '../../pipelines/platform/server-error.ts'
import { publish } from '../../pipelines/publish/publish.ts'
import { caseload, ended, start } from '../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { patient, testLanding } from '../helpers/landing.ts'
import { keepingLog } from '../helpers/log.ts'
import { startProxy } from '../system/laws/message-proxy.ts'
import {
  batch,
  deliveries,
  holdTables,
  namesSeen,
  patientPublish,
  publishRests,
  publishWaits,
  stagedRun,
  statuses,
  tablesIn,
} from './batches.ts'

const never = new AbortController().signal
const runIt = ['run', batch.source, batch.date, '--landing']

test('a reader in the way delays a publish, which tries again and lets other readers through', async t => {
  const { url } = await testDatabase(t)
  const { root, deliver } = deliveries(t)
  deliver('old')
  t.like(await caseload([...runIt, root], { url }), { code: 0 })
  deliver('new')
  const reader = await holdTables(t, url)
  const run = ended(start([...runIt, root], { url }))
  for (let tries = 0; tries < 3; tries++) {
    await publishWaits(url)
    // Came back while the first reader still holds its lock: the publish gave way.
    t.deepEqual(await namesSeen(url), ['old'])
    await rowsOf(url, 'select count(*) from store.visits')
    await publishRests(url)
  }
  await reader.release()
  t.like(await run, { code: 0 })
  t.deepEqual(await namesSeen(url), ['new'])
  const [published] = await rowsOf(url, `select publish_tries from caseload.runs where status = 'published'`)
  t.true(Number(published?.['publish_tries']) > 1)
})

test('a publish never holds one table while it waits long for another: no reader dies of a deadlock', async t => {
  const { url } = await testDatabase(t)
  const { root, deliver } = deliveries(t)
  deliver('old')
  t.like(await caseload([...runIt, root], { url }), { code: 0 })
  const proxy = await startProxy(url, patientPublish)
  t.teardown(proxy.close)
  const ofVisits = await holdTables(t, url, 'visits')
  const ofPatients = await holdTables(t, url, 'patients')
  const run = ended(start([...runIt, root], { url: proxy.url }))
  await publishWaits(url)
  // Diagnoses come before patients, and visits after them: a publish that kept diagnoses would now close the circle,
  // and the reader, which waits the longer, would find it first and be ended.
  const diagnoses = ofVisits.session.query('select count(*) as n from store.diagnoses')
  await Promise.race([diagnoses, sleep(500)])
  await ofPatients.release()
  t.like((await diagnoses).rows, { 0: { n: 2 } })
  await ofVisits.release()
  t.like(await run, { code: 0 })
})

test('a batch is held by one run at a time; another batch runs meanwhile', async t => {
  const { url } = await testDatabase(t)
  const { root, deliver } = deliveries(t)
  const other = testLanding(t)
  other.write('source_a__north/20230501/visit_events.json', JSON.stringify([patient('P1', 'north')]))
  deliver('old')
  t.like(await caseload([...runIt, root], { url }), { code: 0 })
  const reader = await holdTables(t, url)
  const first = ended(start([...runIt, root], { url }))
  await publishWaits(url)
  const [running] = await rowsOf(url, `select run_id from caseload.runs where status = 'running'`)
  const second = await caseload([...runIt, root], { url })
  t.is(second.code, 75)
  t.true(second.stderr.includes(String(running?.['run_id'])), second.stderr)
  t.like(await caseload(['run', 'source_a__north', batch.date, '--landing', other.root], { url }), { code: 0 })
  await reader.release()
  t.like(await first, { code: 0 })
  t.is((await statuses(url)).length, 3, 'the run that was turned away is none')
})

test('readers that stay beyond the budget end the publish with exit 75, and keep what they had', async t => {
  const { url } = await testDatabase(t)
  const { root, deliver } = deliveries(t)
  deliver('old')
  t.like(await caseload([...runIt, root], { url }), { code: 0 })
  const reader = await holdTables(t, url)
  await withSession(url, async session => {
    const runId = await stagedRun(session)
    const limits = { ...lockWaitLimits, lockTimeoutMs: 20, everyTenthMs: 40 }
    const [backend] = (await reader.session.query<{ pid: number }>('select pg_backend_pid() as pid')).rows
    const who = `: session ${backend?.pid} (caseload test reader, role `
    // Told after some tries, however long they take here.
    let told = ''
    const stop = new AbortController()
    const log = {
      ...keepingLog(),
      info: (stage: string, message: string) => {
        told = `${stage}: ${message}`
        stop.abort(new Error('told'))
      },
    }
    await t.throwsAsync(
      publish(session, batch, runId, () => Promise.resolve(false), { signal: stop.signal, log, limits }),
      { message: 'told' },
    )
    t.regex(told, /^publish: waits for readers of source_a, \d+ s so far \(table store\.visits_source_a\): /)
    t.true(told.includes(who), told)
    const error = await t.throwsAsync(
      publish(session, batch, runId, () => Promise.resolve(false), {
        signal: never,
        log: keepingLog(),
        limits: { ...limits, budgetMs: 1000 },
      }),
      { instanceOf: LockedError },
    )
    t.is(error.exitCode, 75)
    t.true(error.message.includes(who), error.message)
    t.regex(
      error.message,
      /^Readers held source_a for \d+ s; nothing was changed after \d+ tries \(table store\.visits_source_a\): .*, idle in transaction, for \d+ s\)\. Try/,
    )
    t.is((await tablesIn(url, 'caseload_stage')).length, 1)
    await session.query('select caseload.drop_leaves($1)', [runId])
  })
  t.deepEqual(await tablesIn(url, 'caseload_stage'), [])
  t.deepEqual(await rowsOf(url, 'select count(*) as n from store.visits'), [{ n: 2 }])
})

test('a run that was declared dead cannot publish any more', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const runId = await stagedRun(session)
    await session.query('select caseload.abort_dead_runs($1, $2)', [batch.source, batch.date])
    await t.throwsAsync(
      publish(session, batch, runId, () => Promise.resolve(false), { signal: never, log: keepingLog() }),
      {
        instanceOf: LockedError,
        message: /declared dead/,
      },
    )
  })
  t.deepEqual(await tablesIn(url, 'caseload_stage'), [])
  t.deepEqual(await rowsOf(url, 'select 1 from store.visits'), [])
})

test('two rows of one key are an error without their values: the server would log them', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const leaf = 'visits_source_a_twice'
    await session.query(`select caseload.create_leaf('visits', $1, $2, $3)`, [leaf, batch.source, batch.date])
    await session.query(
      `insert into caseload_stage.${leaf} (patient_id, visit_id, source, batch_date)
       select 'P-CANARY', 'V-CANARY', $1, $2 from generate_series(1, 2)`,
      [batch.source, batch.date],
    )
    const error = await t.throwsAsync(session.query(`select caseload.index_leaf('visits', $1)`, [leaf]))
    t.is(errorCode(error), '23505')
    t.like(error, { detail: undefined })
    t.false(JSON.stringify(error).includes('CANARY'))
  })
})

test('of replaced versions the newest is kept, detached', async t => {
  const { url } = await testDatabase(t)
  const { root, deliver } = deliveries(t)
  for (const name of ['first', 'second', 'third']) {
    deliver(name)
    t.like(await caseload([...runIt, root], { url }), { code: 0 })
  }
  t.deepEqual(await namesSeen(url), ['third'])
  const kept = await tablesIn(url, 'caseload_kept')
  t.deepEqual(
    kept,
    (
      await rowsOf(
        url,
        `select t.leaf from caseload.tables as t join caseload.runs as r using (run_id)
         where t.state = 'kept' and r.status = 'replaced' order by 1`,
      )
    ).map(row => row['leaf']),
  )
  t.is(kept.length, 4)
  const [patients] = kept.filter(name => String(name).startsWith('patients_'))
  t.deepEqual(await rowsOf(url, `select distinct name from caseload_kept.${String(patients)}`), [{ name: 'second' }])
})

test('a table that has no rows this time is empty for readers, and has no leaf', async t => {
  const { url } = await testDatabase(t)
  const { root, deliver } = deliveries(t)
  deliver('with drugs')
  t.like(await caseload([...runIt, root], { url }), { code: 0 })
  const landing = testLanding(t)
  landing.write('source_a/20230501/visit_events.json', JSON.stringify([patient('P1', 'without')]))
  t.like(await caseload([...runIt, landing.root], { url }), { code: 0 })
  t.deepEqual(await rowsOf(url, 'select * from store.treatments'), [])
  t.deepEqual(await namesSeen(url), ['without'])
  const [treatments] = await rowsOf(
    url,
    `select t.leaf, t.loaded from caseload.tables as t join caseload.runs as r using (run_id)
     where r.status = 'published' and t.table_name = 'treatments'`,
  )
  t.deepEqual(treatments, { leaf: null, loaded: 0 })
  t.is((await tablesIn(url, 'caseload_kept')).length, 4)
})
