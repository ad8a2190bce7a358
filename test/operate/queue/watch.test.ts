import type { ChildProcess } from 'node:child_process'
import { renameSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { caseload, ended, type Ended, root, start } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { patient, testLanding } from '../../helpers/landing.ts'
import { until } from '../../helpers/until.ts'
import { startProxy } from '../../system/laws/message-proxy.ts'
import { dayFile, makePlace, type Place, publishes, states } from './place.ts'

const flags = ['watch', '--quiet-period', '0', '--days', '36600']

/** One look of a new watcher. */
const look = (place: Place, ...more: readonly string[]): Promise<Ended> => place.call(...flags, '--once', ...more)

interface Running {
  readonly child: ChildProcess
  /** What it has printed so far. */
  readonly printed: () => string
  readonly over: Promise<Ended>
}

function startWatching(t: ExecutionContext, place: Place, url = place.url): Running {
  const child = start([...flags, '--interval', '1'], { ...place.options, url })
  t.teardown(() => child.kill('SIGKILL'))
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (printed += String(chunk)))
  return { child, printed: () => printed, over: ended(child) }
}

/** A place with a queue. */
async function queuePlace(t: ExecutionContext): Promise<Place> {
  const place = await makePlace(t)
  t.like(await place.call('migrate'), { code: 0 })
  return place
}

/** Most looks are at the newest days alone. */
const today = new Date().toISOString().slice(0, 10)
const deliverToday = (place: Place, name: string): void => {
  const file = `source_a/${today.replaceAll('-', '')}/visit_events.json`
  place.landing.write(file, JSON.stringify([patient('P1', name)]))
}

const jobCount = async (place: Place): Promise<number> => (await states(place)).length

test('what came is queued once, in the order of days, by three watchers that look at the same moment', async t => {
  const place = await queuePlace(t)
  const days = Array.from({ length: 20 }, (_, day) => day + 1)
  for (const day of days) place.deliver(day)
  const ends = await Promise.all([1, 2, 3].map(() => look(place)))
  for (const { code, stderr } of ends) t.is(code, 0, stderr)
  const lines = ends.flatMap(one => one.stdout.split('\n').filter(line => line !== ''))
  t.deepEqual(
    lines.toSorted(),
    days.map(day => `source_a 2023-05-${String(day).padStart(2, '0')} queued: not run yet`),
  )
  t.is((await states(place)).filter(state => state.endsWith('waiting 0')).length, 20)
  t.regex((await look(place)).stderr, /info watch: nothing to queue of the last 36,600 days$/m)
  t.is((await rowsOf(place.url, 'select from caseload.arrivals where queued')).length, 20)
})

test('watchers that go on queue what comes and what changes once, and end with 0 on SIGTERM', async t => {
  const place = await queuePlace(t)
  const watchers = [1, 2, 3].map(() => startWatching(t, place))
  await until(() => Promise.resolve(watchers.every(one => one.printed().includes('looks at'))))
  deliverToday(place, 'first')
  await until(async () => (await jobCount(place)) === 1)
  t.like(await place.call('worker', '--drain'), { code: 0 })
  deliverToday(place, 'second one')
  await until(async () => (await jobCount(place)) === 2)
  for (const { child } of watchers) child.kill('SIGTERM')
  const ends = await Promise.all(watchers.map(one => one.over))
  t.deepEqual(
    ends.map(one => one.code),
    [0, 0, 0],
    ends.map(one => one.stderr).join('\n'),
  )
  t.deepEqual(
    ends.flatMap(one => one.stdout.split('\n').filter(line => line !== '')).toSorted(),
    [
      `source_a ${today} queued: files changed: changed visit_events.json`,
      `source_a ${today} queued: not run yet`,
    ].toSorted(),
  )
})

test('a changed file is queued once more; one that was written again with the same content is not', async t => {
  const place = await queuePlace(t)
  for (const day of [1, 2, 3]) place.deliver(day)
  t.like(await look(place), { code: 0 })
  t.like(await place.call('worker', '--drain'), { code: 0 })
  place.deliver(1, 'Blake Sample')
  place.deliver(2)
  utimesSync(join(place.landing.root, dayFile(3)), new Date(), new Date())
  place.landing.write('source_a/20230501/.hidden', 'not of the delivery')
  const again = await look(place, '--json')
  t.deepEqual(JSON.parse(again.stdout), [
    {
      source: 'source_a',
      date: '2023-05-01',
      outcome: 'queued',
      reason: 'files changed: changed visit_events.json',
    },
  ])
  t.like(await look(place), { code: 0, stdout: '' })
  const seen = `select batch_date::text as day, queued from caseload.arrivals order by 1`
  t.deepEqual(await rowsOf(place.url, seen), [
    { day: '2023-05-01', queued: true },
    { day: '2023-05-02', queued: false },
    { day: '2023-05-03', queued: false },
  ])
  t.like(await place.call('worker', '--drain'), { code: 0 })
  t.deepEqual(await publishes(place.url), { '2023-05-01': 2, '2023-05-02': 1, '2023-05-03': 1 })
  t.like(await look(place), { code: 0, stdout: '' })
})

test('half a delivery is not queued: no marker, no manifest, not quiet', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const env = { CASELOAD_LANDING: landing.root, CASELOAD_SOURCES: join(root, 'test/landing/sources') }
  const call = (...words: readonly string[]): Promise<Ended> => caseload(words, { url, env })
  const people = 'patient_id,name\nP1,Avery Sample\n'
  for (const source of ['marked', 'listed', 'restless']) landing.write(`${source}/20230501/people_1.csv`, people)
  landing.write('source_a/20230501/visit_events.json', JSON.stringify([patient('P1', 'Avery Sample')]))
  t.like(await call('migrate'), { code: 0 })
  const often = ['watch', '--once', '--days', '36600', '--quiet-period', '3600']
  t.like(await call(...often), { code: 0, stdout: '' })
  landing.write('marked/20230501/done_20230501.flag', '')
  landing.write('listed/20230501/manifest.json', JSON.stringify({ files: [{ name: 'people_1.csv', bytes: 1 }] }))
  t.like(await call(...often), { code: 0, stdout: 'marked 2023-05-01 queued: not run yet\n' })
  landing.write('listed/20230501/manifest.json', JSON.stringify({ files: [{ name: 'people_1.csv' }] }))
  t.like(await call(...often), { code: 0, stdout: 'listed 2023-05-01 queued: not run yet\n' })
  t.like(await call(...often), { code: 0, stdout: '' })
})

test('what a run would refuse is queued once it is quiet, so that the run says why, and again when it changed', async t => {
  const place = await queuePlace(t)
  place.deliver(1)
  place.landing.write('source_a/20230501/unknown.txt', '')
  t.like(await place.call('watch', '--once', '--days', '36600'), { code: 0, stdout: '' })
  t.like(await look(place), { code: 0, stdout: 'source_a 2023-05-01 queued: not run yet\n' })
  t.like(await place.call('worker', '--drain'), { code: 1 })
  t.like(await look(place), { code: 0, stdout: '' })
  rmSync(join(place.landing.root, 'source_a/20230501/unknown.txt'))
  t.like(await look(place), {
    code: 0,
    stdout: 'source_a 2023-05-01 queued: not published, its last run was refused\n',
  })
  t.like(await place.call('worker', '--drain'), { code: 0 })
  t.deepEqual(await publishes(place.url), { '2023-05-01': 1 })
})

test('a dismissed day that is delivered is said once and not queued, nor is a day that was unpublished', async t => {
  const place = await queuePlace(t)
  place.deliver(2)
  t.like(await place.call('run', 'source_a', '20230502'), { code: 0 })
  t.like(await place.call('unpublish', 'source_a', '20230502', '--reason', 'a wrong file'), { code: 0 })
  t.like(await place.call('dismiss', 'source_a', '20230501', '--reason', 'a holiday'), { code: 0 })
  place.deliver(1)
  place.deliver(2, 'Blake Sample')
  const { stdout } = await look(place)
  t.regex(
    stdout,
    /^source_a 2023-05-01 not queued: .*a holiday.*; delivered since, and skipped until caseload run .*\n$/,
  )
  t.like(await look(place), { code: 0, stdout: '' })
  t.deepEqual(await states(place), [])
})

test('a database that is away and a landing root that is gone are told once, and looked at again', async t => {
  const place = await queuePlace(t)
  let isAway = false
  const proxy = await startProxy(place.url, () => (isAway ? 'cut' : 'pass'))
  t.teardown(() => proxy.close())
  const watcher = startWatching(t, place, proxy.url)
  const count = (words: string): number => watcher.printed().split(words).length - 1
  const said = (words: string, times: number): Promise<boolean> => until(() => Promise.resolve(count(words) === times))
  await said('looks at', 1)
  isAway = true
  proxy.cut()
  await said('is not looked at', 1)
  deliverToday(place, 'first')
  isAway = false
  await said(`source_a ${today} queued`, 1)
  await said('is looked at again', 1)
  const away = `${place.landing.root}-away`
  renameSync(place.landing.root, away)
  await said('is not looked at', 2)
  renameSync(away, place.landing.root)
  await said('is looked at again', 2)
  watcher.child.kill('SIGTERM')
  const { code, stderr } = await watcher.over
  t.is(code, 0, stderr)
  t.is(count('is not looked at'), 2, stderr)
  t.notRegex(stderr, /this is a bug/)
})

test('a job that waits is not queued again, and no queue and no such source are usage errors', async t => {
  const place = await makePlace(t)
  place.deliver(1)
  const none = await look(place)
  t.is(none.code, 2)
  t.regex(none.stderr, /This database has no queue\. caseload migrate makes it/)
  t.like(await place.call('enqueue'), { code: 0 })
  t.like(await look(place, 'nobody'), { code: 2 })
  t.like(await look(place), { code: 0, stdout: 'source_a 2023-05-01 waits already: not run yet\n' })
  t.like(await place.call('queue', 'cancel', '--all'), { code: 0 })
  t.like(await look(place), { code: 0, stdout: '' })
})
