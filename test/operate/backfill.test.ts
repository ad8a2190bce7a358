import test, { type ExecutionContext } from 'ava'
import type { Ended } from '../helpers/cli.ts'
import { caseload, ended, start } from '../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { patient, type TestLanding, testLanding } from '../helpers/landing.ts'
import { childrenOf } from '../helpers/processes.ts'
import { until } from '../helpers/until.ts'

interface Outcome {
  readonly source: string
  readonly date: string
  readonly outcome: string
  readonly reason: string
  readonly runId?: string
}

const dayFile = (day: number): string => `source_a/2023050${day}/visit_events.json`
const delivery = (day: number): string => JSON.stringify([patient(`P${day}`, 'Avery Sample')])
const outcomesOf = ({ stdout }: Ended): readonly Outcome[] => JSON.parse(stdout) as Outcome[]
const said = (done: Ended): Record<string, string> =>
  Object.fromEntries(outcomesOf(done).map(one => [one.date, one.outcome]))

function landed(t: ExecutionContext, days: readonly number[]): TestLanding {
  const landing = testLanding(t)
  for (const day of days) landing.write(dayFile(day), delivery(day))
  return landing
}

const publishedRuns = (url: string): Promise<Record<string, unknown>[]> =>
  rowsOf(url, `select batch_date, run_id from caseload.runs where status = 'published' order by batch_date`)

/** Loads the first day, so that the source has its parents, and holds every other at the moment its leaves are made. */
async function whileHeld(
  url: string,
  landing: TestLanding,
  work: (release: () => Promise<void>) => Promise<void>,
): Promise<void> {
  await caseload(['run', 'source_a', '20230501', '--landing', landing.root], { url })
  await withSession(url, async session => {
    await session.query('begin')
    await session.query('lock table only store.patients in access exclusive mode')
    await work(async () => {
      await session.query('rollback')
    })
  })
}

const waiting = async (url: string): Promise<number> =>
  (
    await rowsOf(
      url,
      `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%create_leaf%' and pid <> pg_backend_pid()`,
    )
  ).length

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
    '2023-05-03': 'no delivery',
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
    '2023-05-03': 'no delivery',
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
  const child = start(args, { url })
  const over = ended(child)
  await until(async () => (await publishedRuns(url)).length >= 2)
  child.kill('SIGKILL')
  await over
  const before = await publishedRuns(url)
  t.true(before.length >= 2 && before.length < 8)
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
    t.deepEqual([...new Set(Object.values(said(done)))].sort(), ['not started', 'skipped', 'stopped'])
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
  t.deepEqual(said(first), { '2023-05-01': 'refused', '2023-05-02': 'not started', '2023-05-03': 'not started' })
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

test('two backfills of the same days at once: each day is loaded, and none of them twice by turns', async t => {
  const { url } = await testDatabase(t)
  const landing = landed(t, [1, 2, 3, 4, 5, 6])
  await caseload(['run', 'source_a', '20230501', '--landing', landing.root], { url })
  const args = ['backfill', '--concurrency', '1', '--landing', landing.root, '--json'] as const
  const [forward, backward] = await Promise.all([caseload(args, { url }), caseload([...args, '--reverse'], { url })])
  t.is((await publishedRuns(url)).length, 6)
  const outcomes = [...outcomesOf(forward), ...outcomesOf(backward)]
  t.true(outcomes.some(one => /published or put back meanwhile: run/.test(one.reason)))
  // A day that both come to at one moment is held by the first of them, and may still be when the other ends.
  for (const done of [forward, backward]) {
    const isHeld = outcomesOf(done).some(one => one.outcome === 'locked')
    t.is(done.code, isHeld ? 75 : 0, done.stderr)
  }
  const runs = await rowsOf(url, `select from caseload.runs where status in ('published', 'replaced')`)
  t.true(runs.length <= 7)
})

test('a batch that another run holds, and does not publish, is said, with 75, until it is loaded', async t => {
  const { url } = await testDatabase(t)
  const landing = landed(t, [1, 2])
  const args = ['backfill', '--landing', landing.root] as const
  await whileHeld(url, landing, async release => {
    const hung = ended(start(['run', 'source_a', '20230502', '--landing', landing.root], { url }))
    await until(async () => (await waiting(url)) >= 1)
    const done = await caseload([...args, '--quiet'], { url })
    t.is(done.code, 75, done.stderr)
    t.regex(done.stdout, /^2 batches in .*\n1 skipped, 1 held by another run\.\n/)
    t.regex(done.stdout, /2023-05-02 {2}locked {3}source_a 2023-05-02 is held by run [0-9a-f]{8}-/)
    t.regex(done.stderr, /warn source_a 2023-05-02 done: held by another run: .* is held by run [0-9a-f-]{36}/)
    t.regex(done.stderr, /Not loaded yet, held by another run: 1 batch\./)
    await release()
    t.is((await hung).code, 0)
  })
  const after = await caseload([...args, '--quiet'], { url })
  t.is(after.code, 0, after.stderr)
  t.is(after.stdout, 'Nothing to do: 2 batches, 2 skipped.\n')
})

test('retry runs whatever has a folder now, and writes over no reason where there is none', async t => {
  const { url } = await testDatabase(t)
  const landing = landed(t, [2])
  const away = testLanding(t)
  const call = (root: string, ...args: readonly string[]): Promise<Ended> =>
    caseload([...args, '--landing', root], { url })
  // One day is refused; for another nothing was delivered yet when it was run.
  landing.write(dayFile(1), '[{"patient_id": ')
  t.is((await call(landing.root, 'run', 'source_a', '20230501')).code, 3)
  t.is((await call(landing.root, 'run', 'source_a', '20230503')).code, 4)
  const rows = `select batch_date, status, error_class from caseload.runs order by started_at`
  const before = await rowsOf(url, rows)

  const absent = await call(away.root, 'retry')
  t.is(absent.code, 1)
  t.regex(absent.stdout, /\n2 no delivery\.\n/)
  t.regex(absent.stdout, /2023-05-01 {2}no delivery {2}no landing folder; its last run ended as refused \(RefusedE/)
  t.regex(absent.stderr, new RegExp(`Without a landing folder below ${away.root}: 1 batch`))
  t.deepEqual(await rowsOf(url, rows), before)

  landing.write(dayFile(1), delivery(1))
  landing.write(dayFile(3), delivery(3))
  const retried = await call(landing.root, 'retry', '--json')
  t.is(retried.code, 0, retried.stderr)
  t.deepEqual(said(retried), { '2023-05-01': 'published', '2023-05-03': 'published' })
  t.is((await call(away.root, 'retry')).stdout, 'Nothing to do: no batch failed.\n')
})

test('--strict fails of a feed that is gone, of a landing root that is empty, and of days that are due', async t => {
  const { url } = await testDatabase(t)
  const landing = landed(t, [1])
  const away = testLanding(t)
  const call = (root: string, ...args: readonly string[]): Promise<Ended> =>
    caseload([...args, '--landing', root], { url })
  t.is((await call(landing.root, 'run', 'source_a', '20230501')).code, 0)
  landing.write('icu/20230502/vitals.csv', '')
  const day = ['--from', '2023-05-02', '--to', '2023-05-02', '--strict'] as const

  const plan = await call(away.root, 'plan', ...day)
  t.is(plan.code, 1)
  t.regex(plan.stdout, /\nskip +source_a +2023-05-02 +no delivery +no landing folder\n/)
  t.regex(plan.stderr, /A backfill with --strict fails: without a landing folder, 1 batch\./)
  const dry = await call(away.root, 'backfill', '--dry-run', ...day)
  t.deepEqual([dry.code, dry.stdout], [plan.code, plan.stdout])
  const mount = await call(away.root, 'backfill', '--json', ...day)
  t.is(mount.code, 1)
  t.deepEqual(
    outcomesOf(mount).map(one => [one.source, one.outcome]),
    [['source_a', 'no delivery']],
  )
  // The other feed is there, this one is not.
  const feed = await call(landing.root, 'plan', '--json', ...day.slice(0, 4))
  t.deepEqual(
    (JSON.parse(feed.stdout) as Record<string, string>[]).map(one => [one['source'], one['action']]),
    [
      ['icu', 'run'],
      ['source_a', 'skip'],
    ],
  )
  // Without an end, up to yesterday.
  const due = await call(landing.root, 'plan', 'source_a', '--from', '2023-05-02', '--strict')
  t.is(due.code, 1)
  t.regex(due.stdout, /^\d+ batches: 0 to run; (\d+) to skip \(\1 no delivery\)\./)
  t.is((await call(landing.root, 'backfill', 'source_a', '--strict')).code, 1)
  t.is((await call(landing.root, 'backfill', 'source_a')).stdout, 'Nothing to do: 1 batch, 1 skipped.\n')
})
