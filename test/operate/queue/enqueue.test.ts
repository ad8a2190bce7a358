import test from 'ava'
import { noQueue } from '../../../pipelines/operate/queue/boss.ts'
import { type Ended, ended, start } from '../../helpers/cli.ts'
import { rowsOf } from '../../helpers/database.ts'
import { until } from '../../helpers/until.ts'
import { whileDayHeld } from '../../system/operate/many-days.ts'
import { parseExposition } from '../../telemetry/exposition-parser.ts'
import { dayFile, makePlace, publishes, states } from './place.ts'

test('a batch that waits is queued once, and workers load what a backfill would', async t => {
  const place = await makePlace(t)
  for (const day of [1, 2, 3]) place.deliver(day)
  const none = await place.call('worker', '--drain')
  t.is(none.code, 2)
  t.regex(none.stderr, /no queue/)
  t.like(await place.call('queue', 'status'), { code: 0, stdout: `${noQueue}\n` })
  const dry = await place.call('enqueue', '--dry-run', '--json')
  t.is((JSON.parse(dry.stdout) as unknown[]).length, 3)
  t.deepEqual(await states(place), [])
  t.like(await place.call('enqueue'), { code: 0, stdout: 'Queued: 3 batches.\n' })
  t.like(await place.call('enqueue'), { code: 0, stdout: 'Queued: 0 batches. 3 batches wait already.\n' })
  const status = await place.call('queue', 'status', '--json')
  t.like((JSON.parse(status.stdout) as { sources: Record<string, unknown>[] }).sources[0], {
    source: 'source_a',
    waiting: 3,
    running: 0,
    dead: 0,
  })
  const metrics = parseExposition((await place.call('queue', 'status', '--prometheus')).stdout)
  t.is(metrics.get('caseload_queue_depth')?.samples[0]?.value, 3)
  t.deepEqual(metrics.get('caseload_queue_jobs')?.samples[0], {
    labels: { source: 'source_a', state: 'waiting' },
    value: 3,
  })
  const worker = await place.call('worker', '--drain', '--concurrency', '2', '--json')
  t.is(worker.code, 0, worker.stderr)
  t.deepEqual(await states(place), ['2023-05-01 done 1', '2023-05-02 done 1', '2023-05-03 done 1'])
  t.deepEqual(await publishes(place.url), { '2023-05-01': 1, '2023-05-02': 1, '2023-05-03': 1 })
  t.like(await place.call('enqueue', '--skip-exit-code', '9'), { code: 9 })
  t.deepEqual(await rowsOf(place.url, 'select from caseload.leases'), [])
})

test('a batch that runs is queued once more, and runs again afterwards', async t => {
  const place = await makePlace(t)
  place.deliver(1, 'first')
  await place.call('enqueue')
  let finish: Promise<Ended> | undefined
  await whileDayHeld(place.url, '2023-05-01', async isHeld => {
    const worker = start(['worker', '--drain', '--concurrency', '2'], place.options)
    t.teardown(() => worker.kill('SIGKILL'))
    const over = ended(worker)
    await until(isHeld)
    place.deliver(1, 'second')
    t.like(await place.call('enqueue'), { stdout: 'Queued: 1 batch.\n' })
    t.like(await place.call('enqueue'), { stdout: 'Queued: 0 batches. 1 batch waits already.\n' })
    t.deepEqual(await states(place), ['2023-05-01 running 1', '2023-05-01 waiting 0'])
    finish = over
  })
  t.is((await finish)?.code, 0)
  t.deepEqual(await states(place), ['2023-05-01 done 1', '2023-05-01 done 1'])
  t.deepEqual(await publishes(place.url), { '2023-05-01': 2 })
})

test('an error in the data is never tried again: the job is dead, and queue retry takes it up', async t => {
  const place = await makePlace(t)
  place.deliver(1)
  place.landing.write(dayFile(2), '[{"patient_id": ')
  await place.call('enqueue')
  const first = await place.call('worker', '--drain')
  t.is(first.code, 1)
  t.deepEqual(await states(place), ['2023-05-01 done 1', '2023-05-02 dead 1'])
  const dead = await place.call('queue', 'dead', '--json')
  t.like((JSON.parse(dead.stdout) as unknown[])[0], { date: '2023-05-02', error_class: 'RefusedError', tries: 1 })
  place.deliver(2)
  t.like(await place.call('queue', 'retry'), { code: 0, stdout: '1 job queued again.\n' })
  t.deepEqual(await states(place), ['2023-05-01 done 1', '2023-05-02 waiting 0'])
  t.like(await place.call('worker', '--drain'), { code: 0 })
  t.deepEqual(await publishes(place.url), { '2023-05-01': 1, '2023-05-02': 1 })
})

test('a cancelled job does not run', async t => {
  const place = await makePlace(t)
  for (const day of [1, 2]) place.deliver(day)
  await place.call('enqueue')
  t.like(await place.call('queue', 'cancel'), { code: 2 })
  t.like(await place.call('queue', 'cancel', '00000000'), { code: 2 })
  const listed = await place.call('queue', 'ls', '--json')
  const [first] = JSON.parse(listed.stdout) as { job: string; date: string }[]
  t.is(first?.date, '2023-05-01')
  t.like(await place.call('queue', 'cancel', first?.job.slice(0, 8) ?? ''), { code: 0, stdout: '1 job cancelled.\n' })
  t.like(await place.call('worker', '--drain'), { code: 0 })
  t.deepEqual(await publishes(place.url), { '2023-05-02': 1 })
})

test('enqueue says which dismissed day was delivered since', async t => {
  const place = await makePlace(t)
  t.like(await place.call('dismiss', 'source_a', '20230501', '--reason', 'a holiday'), { code: 0 })
  for (const day of [1, 2]) place.deliver(day)
  t.like(await place.call('enqueue'), {
    code: 0,
    stdout:
      'Queued: 1 batch. 1 dismissed and delivered since.\n' +
      'To load a dismissed batch that was delivered since: caseload run source_a 2023-05-01\n',
  })
  const again = await place.call('enqueue', '--json')
  t.deepEqual(
    (JSON.parse(again.stdout) as { date: string; outcome: string }[]).map(one => `${one.date} ${one.outcome}`),
    ['2023-05-02 waiting', '2023-05-01 dismissed'],
  )
})

test('a dead job is no longer listed as dead once another command has published its batch', async t => {
  const place = await makePlace(t)
  for (const day of [1, 2]) place.landing.write(dayFile(day), '[{"patient_id": ')
  await place.call('enqueue')
  t.like(await place.call('worker', '--drain'), { code: 1 })
  t.deepEqual(await states(place), ['2023-05-01 dead 1', '2023-05-02 dead 1'])
  place.deliver(1)
  t.like(await place.call('run', 'source_a', '20230501'), { code: 0 })
  t.deepEqual(await states(place), ['2023-05-01 cancelled 1', '2023-05-02 dead 1'])
  const status = await place.call('queue', 'status', '--json')
  t.like((JSON.parse(status.stdout) as { sources: Record<string, unknown>[] }).sources[0], { dead: 1 })
  t.like(await place.call('queue', 'retry'), { code: 0, stdout: '1 job queued again.\n' })
})
