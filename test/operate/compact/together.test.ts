import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { sessionName } from '../../../pipelines/source/batch.ts'
import { compact } from '../../../pipelines/operate/compact/compact.ts'
import { underMonthLock } from '../../../pipelines/publish/month-lock.ts'
import { AbortedError, LockedError } from '../../../pipelines/platform/errors.ts'
import { publishBatch } from '../../../pipelines/publish/publish-batch.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { until } from '../../helpers/until.ts'
import {
  contents,
  disorder,
  knownSource,
  leavesOf,
  merge,
  never,
  opener,
  publishing,
  quietLog,
  run,
  seen,
  source,
  stagedRun,
  without,
} from './batches.ts'

const days = ['01', '02', '03', '04', '05']

async function mergedMonth(url: string): Promise<Readonly<Record<string, string>>> {
  await knownSource(url)
  for (const day of days) await run(url, `2022-12-${day}`, { patients: 20, visits: 30 })
  await merge(url, '2023-01-01')
  return seen(url)
}

test('runs of one merged month at once all publish, one after the other, and lose nothing', async t => {
  const { url } = await testDatabase(t)
  const merged = await mergedMonth(url)
  await Promise.all(['01', '03', '04'].map(day => run(url, `2022-12-${day}`, { patients: 1, visits: 1 }, 'new')))
  const now = await seen(url)
  t.deepEqual(without(now, '01', '03', '04'), without(merged, '01', '03', '04'))
  for (const day of ['01', '03', '04']) t.regex(now[`visits 2022-12-${day}`] ?? '', /^1 rows/)
  t.deepEqual(await disorder(url), [])
})

test('while a run holds a day of the month the merge ends with exit 75 and says which; afterwards it goes through', async t => {
  const { url } = await testDatabase(t)
  await mergedMonth(url)
  await withSession(url, async session => {
    // A day that has no batch yet.
    const { runId } = await stagedRun(session, url, '2022-12-20', { patients: 1 }, 'late')
    const name = sessionName({ source, date: '2022-12-20' }, runId)
    await session.query(`select set_config('application_name', $1, false)`, [name])
    const error = await t.throwsAsync(
      run(url, '2022-12-05', { patients: 2 }, 'new').then(() => merge(url, '2023-01-01')),
      {
        instanceOf: LockedError,
      },
    )
    t.is(error.exitCode, 75)
    t.true(error.message.includes(`2022-12-20 is locked by run ${runId}`), error.message)
    await publishBatch(session, publishing(url, '2022-12-20', runId))
  })
  const before = await seen(url)
  t.deepEqual(
    (await merge(url, '2023-01-01')).map(month => month.tables),
    [1],
  )
  t.deepEqual(await seen(url), before)
  t.deepEqual(
    await rowsOf(
      url,
      `select 1 from pg_catalog.pg_locks where locktype = 'advisory'
     and database = (select oid from pg_catalog.pg_database where datname = current_database())`,
    ),
    [],
    'no lock stays',
  )
})

test('a run waits for whoever works on its month; a signal ends the wait, and so does its patience', async t => {
  const { url } = await testDatabase(t)
  await mergedMonth(url)
  const batch = { source, date: '2022-12-09' }
  await withSession(url, async session =>
    underMonthLock(session, batch, { signal: never, log: quietLog() }, async () => {
      const stop = new AbortController()
      const wait = withSession(url, other =>
        underMonthLock(other, batch, { signal: stop.signal, log: quietLog() }, () => Promise.resolve()),
      )
      const aborted = t.throwsAsync(wait, { instanceOf: AbortedError })
      await sleep(200)
      stop.abort(AbortedError.by('SIGTERM'))
      await aborted
      await withSession(url, async other => {
        await other.query(`set lock_timeout = '1ms'`)
        const impatient = underMonthLock(other, batch, { signal: never, log: quietLog(), patience: 100 }, () =>
          Promise.resolve(),
        )
        await t.throwsAsync(impatient, { instanceOf: LockedError, message: /2022-12 were held by caseload test/ })
      })
      await withSession(url, other =>
        underMonthLock(other, { source, date: '2022-11-09' }, { signal: never, log: quietLog() }, () =>
          Promise.resolve(),
        ),
      )
    }),
  )
})

test('readers that read on and on see every row, while the month is merged and split again and again', async t => {
  const { url } = await testDatabase(t)
  await knownSource(url)
  for (const day of days) await run(url, `2022-12-${day}`, { patients: 20, visits: 30 }, 'same')
  const all = await seen(url)
  let over = false
  let readings = 0
  const reader = async (level: string): Promise<void> =>
    withSession(url, async session => {
      while (!over) {
        await session.query(`begin isolation level ${level}`)
        await session.query('select 1 from pg_catalog.pg_am')
        await sleep(Math.random() * 30)
        t.deepEqual(await contents(session), all)
        await session.query('commit')
        readings++
      }
    })
  const readers = [reader('repeatable read'), reader('read committed')]
  // The new rows of a day are the old ones, so that any gap shows. On a fast machine four rounds are soon over.
  const loading = async (): Promise<void> => {
    for (let round = 0; round < 4 || readings <= 10; round++) {
      await merge(url, '2023-01-01')
      t.is((await leavesOf(url)).length, 2)
      await run(url, `2022-12-${days[round % days.length] ?? ''}`, { patients: 20, visits: 30 }, 'same')
    }
  }
  await Promise.all([...readers, loading().finally(() => (over = true))])
})

test('a signal stops a merge, and nothing of it is left', async t => {
  const { url } = await testDatabase(t)
  await knownSource(url)
  for (const day of days) await run(url, `2022-12-${day}`, { patients: 20, visits: 30 })
  const before = await leavesOf(url)
  await withSession(url, async reader => {
    await reader.query('begin')
    await reader.query('select 1 from store.patients')
    const stop = new AbortController()
    const order = { source, before: '2023-01-01', dryRun: false, openSession: opener(url), log: quietLog() }
    const merging = t.throwsAsync(compact({ ...order, signal: stop.signal }), { instanceOf: AbortedError })
    await until(async () => (await rowsOf(url, 'select 1 from caseload.range_leaves')).length === 2)
    stop.abort(AbortedError.by('SIGTERM'))
    await merging
  })
  t.deepEqual(await disorder(url), [])
  t.deepEqual(await leavesOf(url), before)
})
