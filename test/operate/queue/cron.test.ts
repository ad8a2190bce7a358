import test from 'ava'
import { lastDueTime, parseCron } from '../../../pipelines/operate/queue/cron.ts'
import { dueTimers, enqueueDue, listTimers, setTimer } from '../../../pipelines/operate/queue/timers.ts'
import { connect } from '../../../pipelines/platform/postgres.ts'
import { ended, start } from '../../helpers/cli.ts'
import { rowsOf, withSession } from '../../helpers/database.ts'
import { until } from '../../helpers/until.ts'
import { makePlace, publishes, states } from './place.ts'

const lastDue = (cron: string, zone: string, now: string): string | undefined =>
  lastDueTime(parseCron(cron), zone, new Date(now))?.toISOString().slice(0, 16)

test('the last due time, by the clocks of the zone', t => {
  t.is(lastDue('30 5 * * *', 'UTC', '2023-05-02T05:29:59Z'), '2023-05-01T05:30')
  t.is(lastDue('30 5 * * *', 'UTC', '2023-05-02T05:30:00Z'), '2023-05-02T05:30')
  t.is(lastDue('30 5 * * *', 'Europe/Berlin', '2023-05-02T03:30:00Z'), '2023-05-02T03:30')
  t.is(lastDue('*/15 7-8 * * mon-fri', 'UTC', '2023-05-07T12:00:00Z'), '2023-05-05T08:45')
  t.is(lastDue('0 0 1,15 * *', 'UTC', '2023-05-14T12:00:00Z'), '2023-05-01T00:00')
  t.is(lastDue('0 0 13 * fri', 'UTC', '2023-05-12T12:00:00Z'), '2023-05-12T00:00', 'either day is enough')
  t.is(lastDue('0 0 29 feb *', 'UTC', '2023-05-12T12:00:00Z'), '2020-02-29T00:00')
  t.is(lastDue('0 12 * * 7', 'UTC', '2023-05-10T00:00:00Z'), '2023-05-07T12:00')
  t.is(lastDue('0 0 30 feb *', 'UTC', '2023-05-12T12:00:00Z'), undefined)
})

test('a time that the clocks skip is due at the next minute that exists', t => {
  // In Berlin 02:00 was followed by 03:00, 01:00 UTC.
  t.is(lastDue('30 2 * * *', 'Europe/Berlin', '2023-03-26T00:59:00Z'), '2023-03-25T01:30')
  t.is(lastDue('30 2 * * *', 'Europe/Berlin', '2023-03-26T01:00:00Z'), '2023-03-26T01:00')
  t.is(lastDue('30 2 * * *', 'Europe/Berlin', '2023-03-26T20:00:00Z'), '2023-03-26T01:00')
  // Half an hour of Lord Howe Island.
  t.is(lastDue('15 2 * * *', 'Australia/Lord_Howe', '2023-09-30T16:00:00Z'), '2023-09-30T15:30')
})

test('a time that the clocks show twice is due once, at the first', t => {
  // In Berlin 03:00 was followed by 02:00, 01:00 UTC: 02:30 was at 00:30 and at 01:30 UTC.
  for (const now of ['2023-10-29T00:30:00Z', '2023-10-29T01:30:00Z', '2023-10-29T12:00:00Z']) {
    t.is(lastDue('30 2 * * *', 'Europe/Berlin', now), '2023-10-29T00:30')
  }
})

test('an expression that is none is refused', t => {
  for (const text of [
    '',
    '* * * *',
    '60 * * * *',
    '* 24 * * *',
    '* * 0 * *',
    '* * * foo *',
    '5-1 * * * *',
    '*/0 * * * *',
  ]) {
    t.throws(() => parseCron(text), { name: 'UsageError' }, text)
  }
})

test('a due time is queued once by however many workers, and what was missed is queued once', async t => {
  const place = await makePlace(t)
  const now = new Date()
  const yesterday = new Date(now.getTime() - 86_400_000).toISOString().slice(0, 10)
  const job = { source: 'source_a', date: yesterday, reason: '', strict: false, inTurn: false, acceptedCode: null }
  t.like(await place.call('cron', 'set', 'nightly', '* * * * *', '--tz', 'UTC', '--', 'source_a'), { code: 0 })
  const listed = await place.call('cron', 'ls', '--json')
  t.like((JSON.parse(listed.stdout) as unknown[])[0], { name: 'nightly', sources: ['source_a'], days_back: 1 })
  await rowsOf(place.url, `update caseload.timers set last_due = now() - interval '3 days'`)
  const sessions = await Promise.all([1, 2, 3].map(() => connect({ url: place.url, applicationName: 'caseload test' })))
  t.teardown(() => Promise.all(sessions.map(one => one.end())))
  const [first] = sessions
  if (first === undefined) return
  const [due] = dueTimers(await listTimers(first))
  t.like(due, { to: yesterday, from: yesterday })
  if (due === undefined) return
  const done = await Promise.all(sessions.map(session => enqueueDue(session, due, [job])))
  t.is(done.filter(one => one !== undefined).length, 1)
  t.deepEqual(await states(place), [`${yesterday} waiting 0`])
  t.is(await enqueueDue(first, due, [job]), undefined)
  t.like(await place.call('cron', 'rm', 'nightly'), { code: 0 })
  t.like(await place.call('cron', 'rm', 'nightly'), { code: 2 })
  t.like(await place.call('cron', 'set', 'nightly', '* * * *', '--tz', 'UTC'), { code: 2 })
  t.like(await place.call('cron', 'set', 'nightly', '* * * * *', '--tz', 'Mars'), { code: 2 })
})

test('a worker queues and runs what is due', async t => {
  const place = await makePlace(t)
  place.deliver(1)
  await place.call('cron', 'set', 'nightly', '0 5 2 5 *', '--tz', 'UTC', '--', 'source_a')
  // The 2nd of May 2023, as if no worker had run since.
  await withSession(place.url, async session => {
    const [timer] = await listTimers(session)
    if (timer === undefined) return
    const then = { ...timer, now: '2023-05-02T06:00:00Z', lastDue: '2023-04-01T00:00:00Z' }
    t.like(dueTimers([then])[0], { from: '2023-05-01', to: '2023-05-01' })
    t.deepEqual(dueTimers([{ ...then, lastDue: '2023-05-02T05:00:00Z' }]), [])
    await setTimer(session, { ...timer, cron: '* * * * *', daysBack: 3660 })
    await session.query(`update caseload.timers set last_due = now() - interval '1 hour'`)
  })
  const worker = start(['worker'], place.options)
  t.teardown(() => worker.kill('SIGKILL'))
  const over = ended(worker)
  await until(async () => '2023-05-01' in (await publishes(place.url)))
  worker.kill('SIGTERM')
  const { code, stderr } = await over
  t.is(code, 0, stderr)
  t.regex(stderr, /cron: nightly: queued 1 batch /)
})
