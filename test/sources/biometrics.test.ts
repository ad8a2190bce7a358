import test from 'ava'
import { caseload } from '../helpers/cli.ts'
import { createDatabase, rowsOf, testDatabase, type TestDatabase } from '../helpers/database.ts'
import { testLanding } from '../helpers/landing.ts'
import { goldenNames, isGolden, loadSource } from './golden.ts'

let database: TestDatabase

test.before(async () => {
  database = await createDatabase()
  await loadSource(database.url, 'biometrics')
})
test.after.always(() => database.drop())

for (const name of goldenNames('biometrics')) {
  test(`${name} of the sample batches is the golden one`, t => isGolden(t, database.url, 'biometrics', name))
}

test('every cell of every line is accounted for', async t => {
  const rows = await rowsOf(
    database.url,
    `select r.batch_date::text, t.candidates, t.loaded, t.quarantined, t.removed::jsonb::text
     from caseload.tables as t
     join caseload.runs as r using (run_id)
     where t.table_name = 'measurements'
     order by 1`,
  )
  t.deepEqual(
    rows.map(row => Object.values(row).join(' ')),
    [
      // 14 lines of 4 columns: 25 empty cells; one line comes again with another glucose.
      '2023-05-01 56 23 4 {"empty_cell": 25, "superseded": 4}',
      // 8 lines: a line without any value withdraws four readings.
      '2023-05-02 32 15 1 {"empty_cell": 15, "superseded": 1}',
      '2023-05-03 12 7 0 {"empty_cell": 5}',
    ],
  )
})

test('a withdrawn reading stays in the store, marked, and is in no view', async t => {
  const rows = await rowsOf(
    database.url,
    `select patient_id, type, to_char(measured_at at time zone 'UTC', 'DD hh24:mi') as at
     from store.measurements where record_status = 'entered_in_error' order by 1, 3, 2`,
  )
  t.deepEqual(
    rows.map(row => Object.values(row).join(' ')),
    [
      'avery.sample@mail.example glucose 01 12:10',
      'blake@mail.example diastolic 01 07:05',
      'blake@mail.example glucose 01 07:05',
      'blake@mail.example systolic 01 07:05',
      'blake@mail.example weight 01 07:05',
      'finley@mail.example glucose 02 06:50',
    ],
  )
  const shown = await rowsOf(
    database.url,
    `select count(*)::integer as n from current_measurements where record_status <> 'active'`,
  )
  t.deepEqual(shown, [{ n: 0 }])
})

test('a gender is normalised; one that no word names is quarantined', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const words = ['M', ' female ', 'WOMAN', 'Non-Binary', '', 'u', 1, 2, 9, null, 'femme']
  const people = words.map((gender, at) => ({
    ...{ name: `Sample ${at}`, dob: '1990-01-01', gender, address: null, phone: null },
    email: `${String(at).padStart(2, '0')}@mail.example`,
  }))
  landing.write('biometrics/20230501/patients.json', JSON.stringify(people))
  const columns = 'patient_email,timestamp,glucose_mg_dL,bp_systolic,bp_diastolic,weight_kg'
  landing.write('biometrics/20230501/readings.csv', `${columns}\n00@mail.example,2023-05-01T07:00:00Z,90,,,\n`)
  const done = await caseload(['run', 'biometrics', '20230501', '--landing', landing.root], { url })
  t.is(done.code, 0, done.stderr)
  const rows = await rowsOf(url, 'select gender from store.patients order by patient_id')
  t.is(rows.map(row => row['gender']).join(' '), 'male female female other unknown unknown male female unknown unknown')
  const left = await rowsOf(url, 'select record_no::integer, column_name, rule from caseload.quarantine')
  t.deepEqual(left, [{ record_no: 11, column_name: 'gender', rule: 'one_of' }])
})
