import test from 'ava'
import { withBands } from '../../pipelines/report/model/bands.ts'
import { lastDueAt, onTimeMonths } from '../../pipelines/report/model/on-time.ts'
import { withoutLiterals } from '../../pipelines/report/model/sql-literals.ts'
import { dayAfter, windowOf } from '../../pipelines/report/model/window.ts'
import { lastDue } from '../../pipelines/source/schedule.ts'

test('SQL loses its literals and comments, and keeps its names', t => {
  t.is(
    withoutLiterals(`select 'a''b' as x, 12.5 + 1e3, "Mixed 1", col2 -- 'c'\nfrom t1 /* 7 */`),
    `select '…' as x, … + …, "Mixed 1", col2\nfrom t1`,
  )
  t.is(withoutLiterals(`select E'it\\'s secret', 'next'`), `select '…', '…'`)
  t.is(withoutLiterals('select $$secret$$, $tag$ secret $$ $tag$, $1'), `select '…', '…', $…`)
  t.is(withoutLiterals(`select x::numeric(18,6), '--', 'unclosed`), `select x::numeric(…,…), '…', '…'`)
})

test('the band of a weekday needs four of them, and a small table has none outside', t => {
  const weeks = (rows: readonly number[]) =>
    withBands(rows.map((count, at) => ({ date: dayAfter('2023-05-01', 7 * at), rows: count })))
  const days = weeks([400, 400, 400, 400, 900, 400])
  t.deepEqual(
    days.map(day => day.low),
    [null, null, null, null, 200, 200],
  )
  t.deepEqual(
    days.map(day => day.outside),
    [false, false, false, false, true, false],
  )
  t.deepEqual(
    weeks([4, 4, 4, 4, 40])
      .map(day => day.outside)
      .at(-1),
    false,
  )
})

test('a moment is due as the schedule says, also when the clocks change', t => {
  const ask = lastDueAt()
  for (const zone of ['Europe/Berlin', 'Asia/Kathmandu', 'UTC', 'no/zone'])
    for (
      let moment = Date.parse('2023-03-24T00:00:00Z');
      moment < Date.parse('2023-03-28T00:00:00Z');
      moment += 1_234_567
    ) {
      const lateness = { due: '07:30', lagDays: 1 }
      t.is(ask(lateness, zone, moment), lastDue(lateness, zone, new Date(moment)))
    }
})

test('a day is on time if it was published before it was late; history is not judged', t => {
  const source = {
    source: 'a',
    transformer: 'a',
    zone: 'UTC',
    schedule: 'daily',
    due: '07:30',
    lag_days: 1,
    first_run_at: Date.parse('2023-05-03T04:00:00Z'),
  }
  const days = ['2023-04-30', '2023-05-01', '2023-05-02', '2023-05-03', '2023-05-04', '2023-05-05']
  const published = new Map([
    ['2023-05-02', Date.parse('2023-05-03T07:29:00Z')],
    ['2023-05-03', Date.parse('2023-05-05T07:31:00Z')],
  ])
  const facts = { first: '2023-04-01', now: new Date('2023-05-05T12:00:00Z'), ask: lastDueAt() }
  t.deepEqual(onTimeMonths(source, days, published, facts), [{ month: '2023-05', due: 3, on_time: 1 }])
})

test('the window ends soon after the newest batch, however long a gap is', t => {
  const span = { oldest: '2023-05-01', newest: '2023-05-02', lastDue: '2026-01-01' }
  t.deepEqual(windowOf({ from: undefined, to: undefined }, span), { from: '2023-05-01', to: '2023-06-02' })
  t.deepEqual(windowOf({ from: undefined, to: undefined }, { ...span, lastDue: '2023-04-30' }), {
    from: '2023-05-01',
    to: '2023-05-02',
  })
  t.deepEqual(windowOf({ from: undefined, to: '2025-01-01' }, span), {
    from: dayAfter('2025-01-01', -399),
    to: '2025-01-01',
  })
})
