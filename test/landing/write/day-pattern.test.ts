import test from 'ava'
import { dayPattern } from '../../../pipelines/landing/write/day-pattern.ts'
import { UsageError } from '../../../pipelines/platform/errors.ts'

test('the day stands where the pattern has it, in any order and with anything but letters between', t => {
  t.is(dayPattern('export_{ddMMyyyy}.csv')('export_01052023.csv'), '2023-05-01')
  t.is(dayPattern('*_{yyyy-MM-dd}_*.json')('north_2023-05-01_7.json'), '2023-05-01')
  t.is(dayPattern('{MM.dd.yyyy}.csv.gz')('05.01.2023.csv.gz'), '2023-05-01')
  t.is(dayPattern('a(1)+{yyyyMMdd}$.csv')('a(1)+20230501$.csv'), '2023-05-01')
})

test('a name of another form, or whose digits are no day, is refused', t => {
  const dayOf = dayPattern('export_{dd.MM.yyyy}.csv')
  for (const name of [
    'export_1.5.2023.csv',
    'export_01x05x2023.csv',
    'xexport_01.05.2023.csv',
    'export_01.05.2023.csv.gz',
  ]) {
    t.throws(() => dayOf(name), { instanceOf: UsageError, message: /file names like/ }, name)
  }
  t.throws(() => dayOf('export_31.02.2023.csv'), { instanceOf: UsageError, message: /day of the calendar/ })
})

test('a pattern names one whole day', t => {
  const wrong = [
    'export.csv',
    '{ddMM}.csv',
    '{yyMMdd}.csv',
    '{ddMMyyyydd}',
    '{dd}{MM}{yyyy}',
    '{yyyyMMddHH}',
    'a/{yyyyMMdd}',
    '{yyyyMMdd*}',
  ]
  for (const pattern of wrong) t.throws(() => dayPattern(pattern), { instanceOf: UsageError }, pattern)
})
