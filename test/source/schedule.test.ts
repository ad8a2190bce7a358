import test from 'ava'
import { endOfNextDay, lastDue, type Lateness } from '../../pipelines/source/schedule.ts'

const cases: readonly (readonly [lateness: Lateness, zone: string, now: string, last: string])[] = [
  // By default a day is late when the day after it has ended.
  [endOfNextDay, 'UTC', '2024-03-10T23:59:59Z', '2024-03-08'],
  [endOfNextDay, 'UTC', '2024-03-11T00:00:00Z', '2024-03-09'],
  [{ due: '07:30', lagDays: 1 }, 'Europe/Berlin', '2024-01-10T06:29:59Z', '2024-01-08'],
  [{ due: '07:30', lagDays: 1 }, 'Europe/Berlin', '2024-01-10T06:30:00Z', '2024-01-09'],
  // In summer the same clock is an hour earlier.
  [{ due: '07:30', lagDays: 1 }, 'Europe/Berlin', '2024-07-10T05:30:00Z', '2024-07-09'],
  [{ due: '18:00', lagDays: 0 }, 'Asia/Kolkata', '2024-02-29T12:30:00Z', '2024-02-29'],
  [{ due: '00:00', lagDays: 3 }, 'Pacific/Kiritimati', '2024-02-29T10:00:00Z', '2024-02-27'],
  [{ due: '07:30', lagDays: 1 }, 'Mars/Olympus', '2024-01-10T07:30:00Z', '2024-01-09'],
]

test('the last day that is due is that of the clock in the zone of the source', t => {
  for (const [lateness, zone, now, last] of cases) {
    t.is(lastDue(lateness, zone, new Date(now)), last, JSON.stringify([lateness, zone, now]))
  }
})
