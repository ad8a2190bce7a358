import test from 'ava'
import { futureBatches } from '../../../pipelines/operate/doctor/contents.ts'
import { decide } from '../../../pipelines/operate/backfill/decide.ts'
import { isFuture, latestDay, requirePossibleDay } from '../../../pipelines/landing/future-day.ts'
import { UsageError } from '../../../pipelines/platform/errors.ts'
import { declareWard, patient } from '../delivery/ward.ts'
import { withSession } from '../../helpers/database.ts'

test('a day is possible up to tomorrow where days begin first', t => {
  const noon = new Date('2023-05-01T09:59:59Z')
  t.is(latestDay(noon), '2023-05-02')
  t.is(latestDay(new Date('2023-05-01T10:00:00Z')), '2023-05-03')
  t.is(latestDay(new Date('2023-12-31T12:00:00Z')), '2024-01-02')
  t.false(isFuture('2023-05-02', noon))
  t.true(isFuture('2023-05-03', noon))
  const batch = { source: 'ward', date: '2023-05-03' }
  t.throws(
    () => {
      requirePossibleDay(batch, undefined, noon)
    },
    { instanceOf: UsageError, message: /up to 2023-05-02, .*found 2023-05-03 of ward.*--allow-future/ },
  )
  t.notThrows(() => {
    requirePossibleDay(batch, true, noon)
  })
})

test('a backfill leaves days past tomorrow out, and expects none after it', t => {
  const source = {
    source: 'ward',
    installed: true,
    schedule: 'daily',
    delivered: new Set(['2023-05-01', '2999-12-31']),
    tried: new Map(),
  } as const
  const range = { from: '2023-05-01', to: '2999-12-31', reprocess: 'unpublished', reverse: false } as const
  const days = (allowFuture: boolean): readonly string[] =>
    decide([source], { ...range, latest: '2023-05-02', allowFuture }).map(one => `${one.date} ${one.kind}`)
  t.deepEqual(days(false), ['2023-05-01 new', '2023-05-02 not_delivered', '2999-12-31 future'])
  t.deepEqual(days(true), ['2023-05-01 new', '2023-05-02 not_delivered', '2999-12-31 new'])
})

test('a folder of the year 2999 stops no other day, is named by every command, and silences no alarm once it is allowed', async t => {
  const ward = await declareWard(t)
  for (const day of ['2023-05-01', '2999-12-31']) ward.deliver(day, { patients: [patient('P1', day)] })
  const named = /2999-?12-?31.*--allow-future/
  const refused = await ward.run('2999-12-31')
  t.deepEqual([refused.code, named.test(refused.stderr)], [2, true], refused.stderr)
  for (const [command = '', ...args] of [
    ['plan', 'ward', '2999-12-31'],
    ['plan', 'ward'],
    ['quarantine', 'replay', 'ward', '2999-12-31'],
  ]) {
    const done = await ward.call(command, ...args)
    t.deepEqual([done.code, named.test(done.stderr)], [2, true], done.stderr)
  }
  const filled = await ward.call('backfill')
  t.deepEqual([filled.code, named.test(filled.stderr)], [2, true], filled.stderr)
  t.deepEqual(await ward.lines('select batch_date from caseload.published group by 1'), ['2023-05-01'])
  const asked = await ward.call('backfill', '--to', '2023-05-01')
  t.is(asked.code, 0, asked.stderr)
  t.regex((await ward.call('status')).stderr, /ward\/29991231/)
  t.regex((await ward.call('doctor', '--json')).stdout, /1 landing folder of a day past .*ward\/29991231/)
  const freshness = 'select newest_batch_date, newest_batch_rows from source_freshness'
  const missing = 'select count(*) from missing_batches'
  const before = [await ward.lines(freshness), await ward.lines(missing)]
  t.is((await ward.run('2999-12-31', '--allow-future')).code, 0)
  t.deepEqual([await ward.lines(freshness), await ward.lines(missing)], before)
  t.regex((await ward.call('status')).stderr, /published under a day past .*ward\/29991231/)
  const findings = await withSession(ward.url, session => futureBatches(session, new Date()))
  t.regex(findings[0]?.found ?? '', /^1 batch published under a day past .*ward\/29991231$/)
  // Published once, it is nothing that a backfill has left to do.
  t.is((await ward.call('backfill')).code, 0)
})

test('retry leaves a failed day past tomorrow out, and ends as a run of it does', async t => {
  const ward = await declareWard(t)
  ward.deliver('2999-12-31', {})
  t.is((await ward.run('2999-12-31', '--allow-future')).code, 3)
  const retried = await ward.call('retry')
  t.is(retried.code, 2)
  t.regex(retried.stderr, /ward\/29991231.*--allow-future/)
  t.is((await ward.call('retry', '--allow-future')).code, 1)
})
