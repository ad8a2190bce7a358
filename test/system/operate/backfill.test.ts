import test from 'ava'
import { caseload, type Ended, ended, start } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { childrenOf } from '../../helpers/processes.ts'
import { until } from '../../helpers/until.ts'
import {
  dayFile,
  delivery,
  landed,
  outcomesOf,
  publishedRuns,
  said,
  waiting,
  whileDayHeld,
  whileHeld,
} from './many-days.ts'

test('each batch on its own: one that is refused stops no other, and what is published is not run again', async t => {
  const { url } = await testDatabase(t)
  const landing = landed(t, [1, 2, 4, 5])
  landing.write(dayFile(4), '[{"patient_id": ')
  const call = (...more: readonly string[]): Promise<Ended> =>
    caseload(
      [
        'backfill',
        'source_a',
        '--from',
        '2023-05-01',
        '--to',
        '20230505',
        '--landing',
        landing.root,
        '--json',
        ...more,
      ],
      { url },
    )

  const dry = await call('--dry-run', '--reverse')
  t.deepEqual(
    (JSON.parse(dry.stdout) as Record<string, string>[]).map(({ date, action }) => [date, action]),
    [
      ['2023-05-05', 'run'],
      ['2023-05-04', 'run'],
      ['2023-05-03', 'skip'],
      ['2023-05-02', 'run'],
      ['2023-05-01', 'run'],
    ],
  )
  t.deepEqual(await rowsOf(url, 'select from caseload.runs'), [])

  const first = await call('--concurrency', '2')
  t.is(first.code, 1)
  t.deepEqual(said(first), {
    '2023-05-01': 'published',
    '2023-05-02': 'published',
    '2023-05-03': 'not_delivered',
    '2023-05-04': 'refused',
    '2023-05-05': 'published',
  })
  t.regex(first.stderr, /1 of 4 batches failed/)
  const before = await publishedRuns(url)

  landing.write(dayFile(4), delivery(4))
  const second = await call()
  t.is(second.code, 0, second.stderr)
  t.deepEqual(said(second), {
    '2023-05-01': 'skipped',
    '2023-05-02': 'skipped',
    '2023-05-03': 'not_delivered',
    '2023-05-04': 'published',
    '2023-05-05': 'skipped',
  })
  const after = await publishedRuns(url)
  t.deepEqual(
    after.filter(one => one['batch_date'] !== '2023-05-04'),
    before,
  )
  t.is((await call('--strict')).code, 1)
  t.is((await call('--skip-exit-code', '99')).code, 99)
})

test('after a kill it loads what is left, and nothing that is published', async t => {
  const { url } = await testDatabase(t)
  const landing = landed(t, [1, 2, 3, 4, 5, 6, 7, 8])
  const args = ['backfill', '--concurrency', '1', '--landing', landing.root, '--json'] as const
  // Killed at any moment, its publish under way on the server would go through after we looked.
  await whileDayHeld(url, '2023-05-04', async isHeld => {
    const child = start(args, { url })
    const over = ended(child)
    await until(isHeld)
    child.kill('SIGKILL')
    await over
    // The server notices within a second.
    await until(async () => !(await isHeld()))
  })
  const before = await publishedRuns(url)
  t.is(before.length, 3)
  const again = await caseload(args, { url })
  t.is(again.code, 0, again.stderr)
  const loaded = outcomesOf(again).filter(one => one.outcome === 'published')
  const after = await publishedRuns(url)
  t.is(after.length, 8)
  t.deepEqual(after.slice(0, before.length), before)
  t.is(loaded.length, 8 - before.length)
})

test('the crash of one engine costs one batch', async t => {
  const { url } = await testDatabase(t)
  const landing = landed(t, [1, 2, 3, 4])
  await whileHeld(url, landing, async release => {
    const child = start(['backfill', '--concurrency', '2', '--landing', landing.root, '--json'], { url })
    const over = ended(child)
    await until(async () => (await waiting(url)) >= 2)
    const [engine] = childrenOf(child.pid ?? -1)
    t.not(engine, undefined)
    process.kill(engine ?? -1, 'SIGKILL')
    await release()
    const done = await over
    t.is(done.code, 1)
    t.deepEqual(Object.values(said(done)).sort(), ['failed', 'published', 'published', 'skipped'])
    t.regex(done.stdout, /engine's process ended \(SIGKILL\)/)
  })
})

test('SIGTERM begins no further batch, rolls back those that run, and leaves the rest to the next call', async t => {
  const { url } = await testDatabase(t)
  const landing = landed(t, [1, 2, 3, 4])
  const args = ['backfill', '--concurrency', '2', '--landing', landing.root, '--json'] as const
  await whileHeld(url, landing, async release => {
    const child = start(args, { url })
    const over = ended(child)
    await until(async () => (await waiting(url)) >= 2)
    child.kill('SIGTERM')
    const done = await over
    t.is(done.code, 143)
    t.deepEqual([...new Set(Object.values(said(done)))].sort(), ['not_started', 'skipped', 'stopped'])
    await release()
  })
  t.deepEqual(await rowsOf(url, 'select status, count(*) from caseload.runs group by 1 order by 1'), [
    { status: 'aborted', count: 2 },
    { status: 'published', count: 1 },
  ])
  t.deepEqual(await rowsOf(url, `select from caseload.tables where state = 'staged'`), [])
  t.is((await caseload(args, { url })).code, 0)
  t.is((await publishedRuns(url)).length, 4)
})

test('--fail-fast begins no further batch; retry runs what failed with its own dates', async t => {
  const { url } = await testDatabase(t)
  const landing = landed(t, [1, 2, 3])
  landing.write(dayFile(1), '[{"patient_id": ')
  const options = { url, env: { CASELOAD_LANDING: landing.root, CASELOAD_JSON: '1' } }
  const first = await caseload(['backfill', '--concurrency', '1', '--fail-fast'], options)
  t.is(first.code, 1)
  t.deepEqual(said(first), { '2023-05-01': 'refused', '2023-05-02': 'not_started', '2023-05-03': 'not_started' })
  landing.write(dayFile(1), delivery(1))
  const retried = await caseload(['retry', '--run-id', 'scheduled__2023-05-01T00:00'], options)
  t.is(retried.code, 0, retried.stderr)
  t.deepEqual(said(retried), { '2023-05-01': 'published' })
  t.deepEqual(await rowsOf(url, `select external_id from caseload.runs where status = 'published'`), [
    { external_id: 'scheduled__2023-05-01T00:00' },
  ])
  t.deepEqual(outcomesOf(await caseload(['retry'], options)), [])
  const [run] = await publishedRuns(url)
  const one = await caseload(['retry', String(run?.['run_id']).slice(0, 8)], options)
  t.deepEqual(said(one), { '2023-05-01': 'published' })
  t.is((await caseload(['retry', '00000000'], options)).code, 2)
})
