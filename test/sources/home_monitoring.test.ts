import test from 'ava'
import { caseload } from '../helpers/cli.ts'
import { createDatabase, rowsOf, type TestDatabase, testDatabase } from '../helpers/database.ts'
import { testLanding } from '../helpers/landing.ts'
import { goldenNames, isGolden, loadSource } from './golden.ts'

let database: TestDatabase

test.before(async () => {
  database = await createDatabase()
  await loadSource(database.url, 'home_monitoring')
})
test.after.always(() => database.drop())

for (const name of goldenNames('home_monitoring')) {
  test(`${name} of the sample batches is the golden one`, async t => {
    await isGolden(t, database.url, 'home_monitoring', name)
  })
}

test('a type that the vocabulary does not know is loaded, with a warning that counts it', async t => {
  const rows = await rowsOf(
    database.url,
    `select c.outcome, c.bad_rows::integer, c.detail from caseload.checks as c join caseload.runs as r using (run_id)
     where c.check_name = 'new_types' order by r.batch_date`,
  )
  t.deepEqual(rows, [
    { outcome: 'warn', bad_rows: 3, detail: 'by type: fall_detected 1, mood 1, steps 1' },
    { outcome: 'pass', bad_rows: 0, detail: null },
    { outcome: 'pass', bad_rows: 0, detail: null },
  ])
})

test('nurses, administrators and developers are users, not patients', async t => {
  const rows = await rowsOf(
    database.url,
    `select distinct u.user_id from store.users as u left join store.patients as p on p.patient_id = u.user_id
     where p.patient_id is null order by 1`,
  )
  t.deepEqual(
    rows.map(row => row['user_id']),
    ['U-003', 'U-004', 'U-005', 'U-006', 'U-008'],
  )
})

const header = 'id,name,mac_address,user_id,assigned_by,firmware_version,software_version,in_use_since\n'

test('a start of use entered in error ends with its correction, in any order of the batches', async t => {
  const lists = {
    // On the second day a start of use by the other patient is listed, on the third it never was.
    20230501: header + 'D,Band,,U1,,,,2023-05-01T00:00:00Z\n',
    20230502: header + 'D,Band,,U1,,,,2023-05-01T00:00:00Z\nD,Band,,U2,,,,2023-05-02T10:00:00Z\n',
    20230503: header + 'D,Band,,U1,,,,2023-05-01T00:00:00Z\n',
  }
  const landing = testLanding(t)
  for (const [date, devices] of Object.entries(lists)) {
    const folder = `home_monitoring/${date}`
    landing.write(`${folder}/users.json`, '[{"id":"U1"},{"id":"U2"}]')
    landing.write(`${folder}/roles.csv`, 'user_id,role_id\nU1,P\nU2,P\n')
    landing.write(`${folder}/role_definitions.csv`, 'role_id,name,category,permissions\nP,Patient,patient,\n')
    landing.write(`${folder}/devices.csv`, devices)
  }
  const reading = '{"user_id":"U1","device_id":"D","time":"2023-05-02T12:00:00Z","data":{"heart_rate":70}}\n'
  landing.write('home_monitoring/20230502/device_data.ndjson', reading)
  const { url } = await testDatabase(t)
  const conflictsAfter = async (date: string): Promise<unknown> => {
    const done = await caseload(['run', 'home_monitoring', date, '--landing', landing.root], { url })
    t.is(done.code, 0, done.stderr)
    return rowsOf(url, 'select conflict, used_by from device_conflicts')
  }
  t.deepEqual(await conflictsAfter('20230502'), [{ conflict: 'another patient', used_by: 'U2' }])
  t.deepEqual(await conflictsAfter('20230503'), [])
  t.deepEqual(await conflictsAfter('20230501'), [])
})

test('every number of a device is a number, whatever its size and notation; one that is too long is quarantined', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const day = 'home_monitoring/20230603'
  landing.write(`${day}/users.json`, '[{"id":"U1","name":"Avery Sample","date_of_birth":"1980-01-01"}]')
  landing.write(`${day}/roles.csv`, 'user_id,role_id\nU1,R1\n')
  landing.write(`${day}/role_definitions.csv`, 'role_id,name,category,permissions\nR1,Patient,patient,\n')
  landing.write(
    `${day}/devices.csv`,
    'id,name,mac_address,user_id,assigned_by,firmware_version,software_version,in_use_since\nD1,Meter,,U1,,,,2023-06-01T00:00:00\n',
  )
  const numbers = ['5e-05', '0.0012345678901234567', '5e-324', '0.30000000000000004', '123456789.12345679', '2', '1.50']
  const all = [...numbers, '1e+02', '0.0', '1e+16', '1234567890123', '"high"', '"1e+16 or so"']
  const records = all.map(
    (value, minute) =>
      `{"user_id":"U1","device_id":"D1","time":"2023-06-03T08:${10 + minute}:00Z","data":{"lactate":${value}}}`,
  )
  landing.write(`${day}/device_data.ndjson`, records.join('\n'))
  const done = await caseload(
    ['run', 'home_monitoring', '2023-06-03', '--landing', landing.root, '--max-bad-rows', '50%'],
    { url },
  )
  t.is(done.code, 0, done.stderr)
  const rows = await rowsOf(
    url,
    `select coalesce(value::text, value_text) as v from store.measurements where type = 'lactate' order by measured_at`,
  )
  t.deepEqual(
    rows.map(({ v }) => v),
    [
      ...['0.000050', '0.001235', '0.000000', '0.300000', '123456789.123457', '2.000000', '1.500000', '100.000000'],
      ...['0.000000', 'high', '1e+16 or so'],
    ],
  )
  const bad = await rowsOf(url, 'select rule, row ->> $$value$$ as v from caseload.quarantine order by 2')
  t.deepEqual(bad, [
    { rule: 'pattern', v: '1234567890123' },
    { rule: 'pattern', v: '1e+16' },
  ])
})
