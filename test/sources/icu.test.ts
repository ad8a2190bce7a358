import { cpSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { caseload } from '../helpers/cli.ts'
import { createDatabase, rowsOf, testDatabase, type TestDatabase } from '../helpers/database.ts'
import { testLanding } from '../helpers/landing.ts'
import { sampleData } from '../helpers/samples.ts'
import { goldenNames, isGolden, loadSource } from './golden.ts'

let database: TestDatabase

test.before(async () => {
  database = await createDatabase()
  await loadSource(database.url, 'icu')
})
test.after.always(() => database.drop())

for (const name of goldenNames('icu')) {
  test(`${name} of the sample batches is the golden one`, t => isGolden(t, database.url, 'icu', name))
}

test('every row of every table is accounted for, and a day without admissions and ages has its signals', async t => {
  const rows = await rowsOf(
    database.url,
    `select r.batch_date::text, t.table_name, t.candidates, t.loaded, t.quarantined, t.removed::jsonb::text
     from caseload.tables as t
     join caseload.runs as r using (run_id)
     order by 1, 2`,
  )
  t.deepEqual(
    rows.map(row => Object.values(row).join(' ')),
    [
      '2023-05-01 measurements 28 20 6 {"duplicate": 1, "empty_cell": 1}',
      '2023-05-01 measurements_hourly 16 16 0 {}',
      '2023-05-01 patients 10 5 4 {"duplicate": 1}',
      '2023-05-01 visits 10 6 3 {"duplicate": 1}',
      '2023-05-02 measurements 7 6 1 {}',
      '2023-05-02 measurements_hourly 4 4 0 {}',
      '2023-05-03 measurements 9 9 0 {}',
      '2023-05-03 measurements_hourly 7 7 0 {}',
      '2023-05-03 patients 2 2 0 {}',
      '2023-05-03 visits 3 3 0 {}',
    ],
  )
})

test('a delivery without signals is not complete', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  cpSync(join(sampleData, 'icu/20230503/age.csv'), join(landing.root, 'icu/20230503/age.csv'), { recursive: true })
  const done = await caseload(['run', 'icu', '20230503', '--landing', landing.root], { url })
  t.is(done.code, 4, done.stderr)
})

const header = 'patient_id,measured_at,parameter,value\n'
const at = '2023-05-01T08:00:00Z'

async function readingsOf(t: ExecutionContext, lines: readonly string[]): Promise<readonly string[]> {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write('icu/20230501/signal.csv', header + lines.join('\n'))
  const done = await caseload(['run', 'icu', '20230501', '--landing', landing.root], { url })
  t.is(done.code, 0, done.stderr)
  const rows = await rowsOf(url, 'select patient_id, reading_no, value::real from store.measurements order by 1, 2')
  return rows.map(row => Object.values(row).join(' '))
}

test('values of one moment that differ are readings 0, 1, ... in the order of the file; the same value is one', async t => {
  const values = ['B,90', 'A,71', 'B,80', 'B,90', 'B,85', 'A,70', 'A,x', 'C,60', 'C,60']
  const lines = values.map(value => value.replace(',', `,${at},heart_rate,`))
  t.deepEqual(await readingsOf(t, lines), ['A 0 71', 'A 1 70', 'B 0 90', 'B 1 80', 'B 2 85', 'C 0 60'])
})

test('two hospitals with one patient id: nothing of one is in a view of the other', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const files = {
    icu__a: {
      age: 'P1,70',
      admission: 'P1,A1,2023-05-01T00:00:00Z,2023-05-01T10:00:00Z,emergency,North',
      signal: [`P1,${at},heart_rate,80`, `P1,${at},systolic,120`, `P1,${at},spo2,97`, `P1,${at},consciousness,A`],
    },
    icu__b: {
      age: 'P1,31',
      admission: 'P1,A1,2023-05-01T11:00:00Z,,elective,South',
      signal: [
        `P1,${at},heart_rate,60`,
        `P1,${at},temperature,37`,
        `P1,${at},oxygen,air`,
        `P1,${at},respiratory_rate,14`,
      ],
    },
  }
  for (const [site, { age, admission, signal }] of Object.entries(files)) {
    landing.write(`${site}/20230501/age.csv`, `patient_id,age\n${age}\n`)
    const columns = 'patient_id,admission_id,admitted_at,discharged_at,admission_type,unit'
    landing.write(`${site}/20230501/admission.csv`, `${columns}\n${admission}\n`)
    landing.write(`${site}/20230501/signal.csv`, `${header}${signal.join('\n')}\n`)
  }
  const load = async (site: string): Promise<void> => {
    const done = await caseload(['run', site, '20230501', '--landing', landing.root], { url })
    t.is(done.code, 0, done.stderr)
  }
  await load('icu__a')
  const views = await rowsOf(
    url,
    `select table_name as name from information_schema.columns
     where table_schema = 'clinical' and column_name in ('source', 'patient_id')
     group by 1 having count(*) = 2 order by 1`,
  )
  const showing = async (): Promise<Record<string, unknown>> => {
    const found = views.map(async ({ name }) => {
      const rows = await rowsOf(
        url,
        `select row_to_json(v)::text as row from clinical.${String(name)} as v where source = 'icu__a' order by 1`,
      )
      return [String(name), rows.map(row => row['row'])] as const
    })
    return Object.fromEntries(await Promise.all(found))
  }
  const alone = await showing()
  await load('icu__b')
  t.deepEqual(await showing(), alone)
  for (const view of [
    'current_patients',
    'current_visits',
    'measurement_hourly',
    'early_warning',
    'readmission_risk',
  ]) {
    t.true((alone[view] as unknown[]).length > 0, view)
  }
  const people = await rowsOf(url, 'select person_id, age_years from current_patients order by 1')
  t.deepEqual(people, [
    { person_id: 'icu__a:P1', age_years: 70 },
    { person_id: 'icu__b:P1', age_years: 31 },
  ])
})
