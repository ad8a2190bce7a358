import test from 'ava'
import { listed, make } from './making.ts'

const csv = 'patient_id,name,timestamp,pulse,spo2\nP-17,A,2023-05-01T08:00,71,98\nP-17,A,2023-05-01T09:00,,97\n'

test('a file with the name of a relation of the engine, or of a word in every SELECT, is read under another name', async t => {
  const names = [
    'batch',
    'accepted_patients',
    'accepted_measurements',
    'caseload_twice_patients',
    'caseload_keys_patients',
  ]
  for (const name of [...names, 'Accepted-Patients_20230501', 'file_no', 'record_no', 'select']) {
    const made = await make(t, `${name}.csv`, csv)
    t.deepEqual(
      listed(made),
      [
        ['patients', 2, 1],
        ['measurements', 4, 3],
      ],
      name,
    )
    const input = `input_${name.replace('_20230501', '').replace('-', '_').toLowerCase()}`
    t.true(made.read('sources/ward/ward.js').includes(`    ${input}: csv({`), name)
    t.regex(made.read('sources/ward/patients.sql'), new RegExp(`^from ${input}$`, 'm'))
  }
})

test('any other name can be a relation: schemas, views of the catalogue, keywords, and names in the SELECTs', async t => {
  const names =
    'main temp memory information_schema pg_catalog duckdb_tables sqlite_master pg_class pragma_database_list'
  const words = 'order table user current_date null raw judged parent_0 patients unnest hash constructor read_csv'
  for (const name of `${names} ${words} cells reading visits_rows visits_item input_`.split(' ')) {
    const visits = [{ visit_id: 'V-1', visit_date: '2023-05-01', vitals: [{ at: '2023-05-01T08:00', pulse: 71 }] }]
    const made = await make(t, `${name}.json`, JSON.stringify([{ patient_id: 'P-17', age: 54, visits }]))
    t.deepEqual(
      listed(made),
      [
        ['patients', 1, 1],
        ['visits', 1, 1],
        ['measurements', 1, 1],
      ],
      name,
    )
  }
})
