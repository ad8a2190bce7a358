import test from 'ava'
import { measurements } from '../../pipelines/contract/tables/measurements.ts'
import { patients } from '../../pipelines/contract/tables/patients.ts'
import { visits } from '../../pipelines/contract/tables/visits.ts'
import { reasonFor } from '../../pipelines/check/explain.ts'

test('a reason names all broken columns and what was expected of them', t => {
  const row = { patient_id: '', visit_id: null, visit_date: '01/05/2023', visit_type: 'icu', admission_type: 'soon' }
  t.is(
    reasonFor(visits, { column: 'patient_id', rule: 'length' }, row),
    'patient_id is empty or longer than 255 characters; visit_id is missing; visit_date is not a date as yyyy-mm-dd; ' +
      'admission_type is not one of emergency, urgent, elective',
  )
})

test('each kind of check has its words', t => {
  const reason = (column: string, rule: string, value: string): string =>
    reasonFor(measurements, { column, rule }, { patient_id: 'P', [column]: value })
  t.is(reason('reading_no', 'pattern', '1.5'), 'reading_no is not a whole number')
  t.is(reason('reading_no', 'cast', '9999999999'), 'reading_no does not fit in 32 bits')
  t.is(reason('reading_no', 'range', '-1'), 'reading_no is not 0 or more')
  t.is(reason('value', 'pattern', '1e400'), 'value is not a number of at most 12 digits before and 6 after the point')
  t.is(reason('measured_at', 'cast', '2023-02-29 10:00'), 'measured_at is a day that does not exist')
  t.is(reason('measured_at', 'range', '9999-12-31 10:00'), 'measured_at is not between 1850-01-01 and 2299-12-31')
  t.is(reason('type', 'nul', 'a\0'), 'type contains a NUL character')
  t.is(reason('type', 'length', 'x'.repeat(65)), 'type is longer than 64 characters')
})

test('what one row alone does not show is said from the rule', t => {
  const local = { patient_id: 'P', measured_at: '2023-03-26 02:30' }
  t.is(
    reasonFor(measurements, { column: 'measured_at', rule: 'dst_gap' }, local),
    'measured_at is a local time that the clocks skipped',
  )
  const ended = { patient_id: 'P', visit_id: 'V', admitted_on: '2023-05-02', discharged_on: '2023-05-01' }
  t.is(
    reasonFor(visits, { column: null, rule: 'discharged_on_before_admitted_on' }, ended),
    'the visit ends on a day before it begins',
  )
  t.is(
    reasonFor(visits, { column: 'visit_date', rule: 'range' }, { visit_date: null }),
    'visit_date breaks the rule range',
  )
})

test('a column that the delivery does not have is no fault of the row', t => {
  t.is(reasonFor(visits, { column: 'visit_id', rule: 'required' }, { visit_id: null }), 'visit_id is missing')
})

test('a reason holds no delivered value', t => {
  const names = Object.keys(patients.shape)
  const row = Object.fromEntries(names.map(name => [name, `canary ${name}`]))
  const reason = reasonFor(patients, { column: 'birth_date', rule: 'pattern' }, row)
  t.regex(reason, /^birth_date is not a date.*; gender is not one of/)
  t.notRegex(reason, /canary/)
})
