import test from 'ava'
import { caseload, ended, start } from '../../helpers/cli.ts'
import { rowsOf } from '../../helpers/database.ts'
import { until } from '../../helpers/until.ts'
import { whileDayHeld } from '../../system/operate/many-days.ts'
import { dayFile, makePlace, publishes, states } from './place.ts'

test('SIGTERM: a batch that does not end in the grace time goes back to the queue, and the worker ends with 0', async t => {
  const place = await makePlace(t)
  place.deliver(1)
  await place.call('enqueue')
  await whileDayHeld(place.url, '2023-05-01', async isHeld => {
    const worker = start(['worker', '--grace', '0'], place.options)
    t.teardown(() => worker.kill('SIGKILL'))
    const over = ended(worker)
    await until(isHeld)
    worker.kill('SIGTERM')
    const { code, stderr } = await over
    t.is(code, 0, stderr)
    t.deepEqual(await states(place), ['2023-05-01 waiting 0'])
  })
  t.deepEqual(await rowsOf(place.url, 'select from caseload.leases'), [])
})

test('SIGTERM: a batch that ends in the grace time is published', async t => {
  const place = await makePlace(t)
  for (const day of [1, 2]) place.deliver(day)
  await place.call('enqueue')
  const worker = start(['worker', '--concurrency', '1', '--grace', '60'], place.options)
  t.teardown(() => worker.kill('SIGKILL'))
  const over = ended(worker)
  await whileDayHeld(place.url, '2023-05-01', async isHeld => {
    await until(isHeld)
    worker.kill('SIGTERM')
  })
  t.is((await over).code, 0)
  t.deepEqual(await states(place), ['2023-05-01 done 1', '2023-05-02 waiting 0'])
})

test('a worker refuses a ledger that is newer than itself, also one that was migrated while it waits', async t => {
  const place = await makePlace(t)
  place.deliver(1)
  await place.call('enqueue')
  await place.call('worker', '--drain')
  const worker = start(['worker'], place.options)
  t.teardown(() => worker.kill('SIGKILL'))
  const over = ended(worker)
  const polls = `select from pg_stat_activity where application_name like 'caseload worker%' and datname = current_database()`
  await until(async () => (await rowsOf(place.url, polls)).length > 0)
  await rowsOf(place.url, 'update caseload.schema_state set version = 9999')
  const { code, stderr } = await over
  t.is(code, 2, stderr)
  t.regex(stderr, /version 9999/)
  t.like(await place.call('worker', '--drain'), { code: 2 })
})

test('a worker with other code, or another mask key, leaves the batches of the source to others', async t => {
  const place = await makePlace(t)
  for (const day of [1, 2]) place.deliver(day)
  t.like(await place.call('run', 'source_a', '20230501'), { code: 0 })
  await place.call('enqueue')
  const masked = {
    ...place.options,
    env: {
      ...place.options.env,
      CASELOAD_MASK_AT_LOAD: 'true',
      CASELOAD_PSEUDONYM_KEY: 'a key of thirty-two bytes at least',
    },
  }
  const other = await caseload(['worker', '--drain'], masked)
  t.is(other.code, 2, other.stderr)
  t.regex(other.stderr, /left to another worker: its last publish was not masked/)
  t.deepEqual(await states(place), ['2023-05-02 waiting 0'])

  await rowsOf(place.url, `update caseload.runs set code_hash = 'of other code'`)
  const changed = await place.call('worker', '--drain')
  t.is(changed.code, 2, changed.stderr)
  t.regex(changed.stderr, /its code differs from that of its last publish/)
  t.deepEqual(await publishes(place.url), { '2023-05-01': 1 })
  await place.call('queue', 'cancel', '--all')
  const refused = await place.call('enqueue')
  t.is(refused.code, 2)
  t.regex(refused.stderr, /Nothing was queued. source_a: its code differs/)
  t.like(await place.call('enqueue', '--accept-code'), { code: 0, stdout: 'Queued: 1 batch.\n' })
  t.like(await place.call('worker', '--drain'), { code: 0 })
  t.deepEqual(await publishes(place.url), { '2023-05-01': 1, '2023-05-02': 1 })
})

test('a batch that is published at last leaves no dead job behind', async t => {
  const place = await makePlace(t)
  for (const text of ['not JSON', 'nor this']) {
    place.landing.write(dayFile(1), text)
    t.like(await place.call('enqueue'), { code: 0 })
    t.like(await place.call('worker', '--drain'), { code: 1 })
  }
  t.deepEqual(await states(place), ['2023-05-01 cancelled 1', '2023-05-01 dead 1'])
  place.deliver(1)
  t.like(await place.call('enqueue'), { code: 0 })
  t.like(await place.call('worker', '--drain'), { code: 0 })
  t.deepEqual(await states(place), ['2023-05-01 cancelled 1', '2023-05-01 cancelled 1', '2023-05-01 done 1'])
})
