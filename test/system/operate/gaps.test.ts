import test from 'ava'
import { caseload, type Ended, ended, start } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { testLanding } from '../../helpers/landing.ts'
import { until } from '../../helpers/until.ts'
import { dayFile, delivery, landed, outcomesOf, publishedRuns, said, waiting, whileHeld } from './many-days.ts'

test('two backfills of the same days at once: each day is loaded, and none of them twice by turns', async t => {
  const { url } = await testDatabase(t)
  const landing = landed(t, [1, 2, 3, 4, 5, 6])
  const args = ['backfill', '--concurrency', '1', '--landing', landing.root, '--json'] as const
  // Both have decided before either publishes: a later one would find nothing to do.
  let both: Promise<readonly [Ended, Ended]> | undefined
  await whileHeld(url, landing, async release => {
    both = Promise.all([ended(start(args, { url })), ended(start([...args, '--reverse'], { url }))])
    await until(async () => (await waiting(url)) === 2)
    await release()
  })
  const [forward, backward] = (await both) ?? []
  if (forward === undefined || backward === undefined) throw new Error('neither was called')
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
    t.regex(done.stdout, /^2 batches in .*\n1 skipped, 1 locked\.\n/)
    t.regex(done.stdout, /2023-05-02 {2}locked {3}source_a 2023-05-02 is locked by run [0-9a-f]{8}-/)
    t.regex(done.stderr, /warn source_a 2023-05-02 done: locked: .* is locked by run [0-9a-f-]{36}/)
    t.regex(done.stderr, /Not loaded yet, locked by another run: 1 batch\./)
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
  t.regex(absent.stdout, /\n2 not_delivered\.\n/)
  t.regex(absent.stdout, /2023-05-01 {2}not_delivered {2}no landing folder; its last run ended as refused; if it /)
  const planned = ['plan', 'source_a', '--to', '2023-05-01']
  t.notRegex(absent.stdout + (await call(landing.root, ...planned)).stdout, /Error/)
  const asJson = await call(landing.root, ...planned, '--json')
  t.like(JSON.parse(asJson.stdout), [{ reason: 'not published, its last run was refused', lastError: 'RefusedError' }])
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
  t.regex(plan.stdout, /\nskip +source_a +2023-05-02 +not_delivered +no landing folder\n/)
  t.regex(plan.stderr, /A backfill with --strict fails: without a landing folder, 1 batch\./)
  const dry = await call(away.root, 'backfill', '--dry-run', ...day)
  t.deepEqual([dry.code, dry.stdout], [plan.code, plan.stdout])
  const mount = await call(away.root, 'backfill', '--json', ...day)
  t.is(mount.code, 1)
  t.deepEqual(
    outcomesOf(mount).map(one => [one.source, one.outcome]),
    [['source_a', 'not_delivered']],
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
  // Without an end, up to the last day that is due.
  const due = await call(landing.root, 'plan', 'source_a', '--from', '2023-05-02', '--strict')
  t.is(due.code, 1)
  t.regex(due.stdout, /^([\d,]+) batches: 0 to run; \1 to skip \(\1 not_delivered\)\./)
  t.is((await call(landing.root, 'backfill', 'source_a', '--strict')).code, 1)
  t.is((await call(landing.root, 'backfill', 'source_a')).stdout, 'Nothing to do: 1 batch, 1 skipped.\n')
})
