import { once } from 'node:events'
import test from 'ava'
import { claimJob, endJob } from '../../../pipelines/operate/queue/leases.ts'
import { connect } from '../../../pipelines/platform/postgres.ts'
import { type Ended, ended, start } from '../../helpers/cli.ts'
import { rowsOf, withSession } from '../../helpers/database.ts'
import { until } from '../../helpers/until.ts'
import { whileDayHeld } from '../../system/operate/many-days.ts'
import { makePlace, publishes, states } from './place.ts'

/** Makes every lease one that lapsed longer ago than another worker waits. */
const lapse = (url: string): Promise<unknown> =>
  rowsOf(url, `update caseload.leases set expires_at = expires_at - interval '1 hour'`)

test('workers together never run more jobs of one source at once than its limit', async t => {
  const place = await makePlace(t)
  for (const day of [1, 2, 3]) place.deliver(day)
  await place.call('enqueue')
  const session = await connect({ url: place.url, applicationName: 'caseload test' })
  t.teardown(() => session.end())
  const others = await Promise.all(
    [1, 2, 3, 4].map(() => connect({ url: place.url, applicationName: 'caseload test' })),
  )
  t.teardown(() => Promise.all(others.map(one => one.end())))
  const asked = await Promise.all(
    others.map((one, at) => claimJob(one, { worker: `w${at}`, excluded: [], perSource: 2 })),
  )
  const taken = asked.filter(one => one !== undefined)
  t.deepEqual(taken.map(one => one.batch.date).sort(), ['2023-05-01', '2023-05-02'])
  t.is(await claimJob(session, { worker: 'w', excluded: ['source_a'], perSource: undefined }), undefined)
  const [one] = taken
  if (one === undefined) throw new Error('a job was expected')
  t.is(await endJob(session, one, { how: 'back', message: '' }), 'retry')
  t.is(await endJob(session, one, { how: 'done', message: '' }), undefined, 'the lease is gone')
  const again = await claimJob(session, { worker: 'w', excluded: [], perSource: 2 })
  t.like(again, { batch: one.batch, tries: 1 }, 'a try that was given back does not count')
})

test('a failed job has its tries, then it is dead', async t => {
  const place = await makePlace(t)
  place.deliver(1)
  await place.call('enqueue', '--tries', '2')
  await withSession(place.url, async session => {
    const claim = (): ReturnType<typeof claimJob> =>
      claimJob(session, { worker: 'w', excluded: [], perSource: undefined })
    const first = await claim()
    t.like(first, { tries: 1, mostTries: 2 })
    if (first === undefined) return
    t.is(await endJob(session, first, { how: 'failed', message: 'lost', delay: 3600 }), 'retry')
    t.is(await claim(), undefined, 'it waits for its time')
    await session.query(`update caseload_queue.job set start_after = now() where state = 'retry'`)
    const second = await claim()
    t.like(second, { tries: 2, firstClaimedAt: first.firstClaimedAt })
    if (second === undefined) return
    t.is(await endJob(session, second, { how: 'failed', message: 'lost' }), 'failed')
  })
  t.deepEqual(await states(place), ['2023-05-01 dead 2'])
})

test('days in turn: the oldest first, and the next one when it has ended', async t => {
  const place = await makePlace(t)
  for (const day of [1, 2]) place.deliver(day)
  await place.call('enqueue', '--reverse')
  await withSession(place.url, async session => {
    await session.query(`update caseload_queue.job set data = data || '{"inTurn": true}'`)
    const claim = (): ReturnType<typeof claimJob> =>
      claimJob(session, { worker: 'w', excluded: [], perSource: undefined })
    const first = await claim()
    t.is(first?.batch.date, '2023-05-01')
    t.is(await claim(), undefined)
    if (first === undefined) return
    await endJob(session, first, { how: 'dead', message: 'refused' })
    t.is((await claim())?.batch.date, '2023-05-02')
  })
})

test('a worker that is killed loses no batch', async t => {
  const place = await makePlace(t)
  place.deliver(1)
  await place.call('enqueue')
  await whileDayHeld(place.url, '2023-05-01', async isHeld => {
    const killed = start(['worker'], place.options)
    await until(isHeld)
    killed.kill('SIGKILL')
    await once(killed, 'exit')
    await lapse(place.url)
  })
  const next = await place.call('worker', '--drain')
  t.is(next.code, 0, next.stderr)
  t.regex(next.stderr, /was lost while it ran source_a 2023-05-01; it runs again/)
  t.deepEqual(await publishes(place.url), { '2023-05-01': 1 })
  t.deepEqual(await states(place), ['2023-05-01 done 2'])
})

test('a worker that wakes when another one has taken its batch writes nothing', async t => {
  const place = await makePlace(t)
  for (const day of [1, 2]) place.deliver(day)
  await place.call('run', 'source_a', '20230502')
  await place.call('enqueue')
  const frozen = start(['worker'], place.options)
  const over = ended(frozen)
  t.teardown(() => frozen.kill('SIGKILL'))
  let finish: Promise<Ended> | undefined
  await whileDayHeld(place.url, '2023-05-01', async isHeld => {
    await until(isHeld)
    frozen.kill('SIGSTOP')
    await lapse(place.url)
    const next = start(['worker', '--drain'], place.options)
    t.teardown(() => next.kill('SIGKILL'))
    const nextOver = ended(next)
    // The session of the frozen one is ended, so it is no longer at the trigger; that of the next one is.
    await until(
      async () => (await rowsOf(place.url, `select from caseload.leases where expires_at > now()`)).length > 0,
    )
    finish = nextOver
  })
  t.is((await finish)?.code, 0)
  const lost = once(frozen.stderr ?? frozen, 'data')
  frozen.kill('SIGCONT')
  await lost
  t.deepEqual(await publishes(place.url), { '2023-05-01': 1, '2023-05-02': 1 })
  frozen.kill('SIGTERM')
  t.is((await over).code, 0)
  const runs = await rowsOf(place.url, `select status, count(*) as n from caseload.runs group by 1 order by 1`)
  t.deepEqual(runs, [{ status: 'published', n: 2 }])
  t.deepEqual(await states(place), ['2023-05-01 done 2'])
})
