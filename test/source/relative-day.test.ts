import test from 'ava'
import fc from 'fast-check'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { datesAnywhere, dayIn, isRelativeDay, parseDay } from '../../pipelines/source/relative-day.ts'

test('a day is a date, or counted from today', t => {
  t.is(parseDay('20230501'), '2023-05-01')
  for (const day of ['today', 'yesterday', '-0', '-7', '-365']) {
    t.is(parseDay(day), day)
    t.true(isRelativeDay(day))
  }
  for (const wrong of ['tomorrow', 'Today', '-', '--7', '+1', '-20230501', '2023-02-30', '7']) {
    t.throws(() => parseDay(wrong), { instanceOf: UsageError, message: /today, yesterday and -7 \(days ago\)/ }, wrong)
  }
})

test('today is the day in the zone of the source, across midnight and changes of the clocks', t => {
  const evening = new Date('2023-05-01T23:30:00Z')
  t.is(dayIn('UTC', 'today', evening), '2023-05-01')
  t.is(dayIn('Europe/Amsterdam', 'today', evening), '2023-05-02')
  t.is(dayIn('America/Los_Angeles', 'yesterday', evening), '2023-04-30')
  t.is(dayIn('UTC', '-1', evening), dayIn('UTC', 'yesterday', evening))
  t.is(dayIn('UTC', '2020-01-01', evening), '2020-01-01')
  // The day before has 25 hours.
  t.is(dayIn('Europe/Amsterdam', 'yesterday', new Date('2023-10-29T23:10:00Z')), '2023-10-29')
  t.is(dayIn('UTC', '-1', new Date('2024-03-01T00:00:00Z')), '2024-02-29')
})

test('a day in any zone is among the dates that it is anywhere', t => {
  const zones = fc.constantFrom('UTC', 'Pacific/Kiritimati', 'Etc/GMT+12', 'Asia/Kolkata', 'America/St_Johns')
  const moments = fc.date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
  fc.assert(
    fc.property(zones, moments, fc.constantFrom('today', 'yesterday', '-30', '2023-05-01'), (zone, now, day) => {
      const { earliest, latest } = datesAnywhere(day, now)
      const date = dayIn(zone, day, now)
      t.true(earliest <= date && date <= latest)
    }),
  )
})
