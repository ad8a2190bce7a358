import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { caseload } from '../helpers/cli.ts'
import { createDatabase, rowsOf, type TestDatabase, testDatabase } from '../helpers/database.ts'
import { testLanding } from '../helpers/landing.ts'
import { sampleData } from '../helpers/samples.ts'
import { goldenNames, isGolden, loadSource } from './golden.ts'

let database: TestDatabase

test.before(async () => {
  database = await createDatabase()
  await loadSource(database.url, 'intake')
})
test.after.always(() => database.drop())

for (const name of goldenNames('intake')) {
  test(`${name} of the sample batches is the golden one`, async t => {
    await isGolden(t, database.url, 'intake', name)
  })
}

test('what a newer or earlier record replaced is counted by name', async t => {
  const rows = await rowsOf(
    database.url,
    `select table_name, removed from caseload.tables join caseload.runs using (run_id)
     where batch_date = '2023-05-01' order by 1`,
  )
  t.deepEqual(rows, [
    { table_name: 'patients', removed: { duplicate: 3, superseded: 1 } },
    { table_name: 'visits', removed: { duplicate: 1, superseded: 1, visit_of_another_patient: 1 } },
  ])
})

const everything = `
  select 'patients' as what, p.batch_date, md5(string_agg(p::text, ',' order by p::text)) as rows
  from store.patients as p group by p.batch_date
  union all
  select 'visits', v.batch_date, md5(string_agg(v::text, ',' order by v::text)) from store.visits as v group by v.batch_date
  union all
  select 'quarantine', q.batch_date, string_agg(concat_ws('/', q.file, q.record_no, q.rule), ',' order by q.file, q.record_no, q.rule)
  from caseload.quarantine as q group by q.batch_date
  union all
  select 'conflicts', c.batch_date, md5(string_agg(c::text, ',' order by c::text)) from intake_conflicts as c group by c.batch_date
  order by 1, 2`

test('a rerun of the first day changes nothing', async t => {
  const before = await rowsOf(database.url, everything)
  const again = await caseload(['run', 'intake', '20230501', '--landing', sampleData], { url: database.url })
  t.is(again.code, 0, again.stderr)
  t.deepEqual(await rowsOf(database.url, everything), before)
})

const header = 'mrn,first_name,last_name,birth_date,visit_account_number,visit_date,reason\n'

test('the first record of a visit wins, whose patient and date are good, in whatever file', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(
    'intake__north/20230501/patient_intake_1.csv',
    `${header}M1,A,Sample,1990-02-30,V1,2023-05-01,patient refused\nM2,B,Sample,1990-01-01,V1,2023-05-32,no such day\n` +
      `M3,C,Sample,1990-01-01, V1 ,2023-05-01,first\n`,
  )
  landing.write(
    'intake__north/20230501/patient_intake_2.csv',
    `${header}M3,C,Sample,1990-01-01,V1,2023-05-01,second\nM4,D,Sample,1990-01-01,V1,2023-05-01,another's\n`,
  )
  const done = await caseload(['run', 'intake__north', '20230501', '--landing', landing.root], { url })
  t.is(done.code, 0, done.stderr)
  const visits = await rowsOf(url, 'select patient_id, visit_id, reason from store.visits')
  t.deepEqual(visits, [{ patient_id: 'M3', visit_id: 'V1', reason: 'first' }])
  t.deepEqual(await rowsOf(url, `select quarantined_by, removed from caseload.tables where table_name = 'visits'`), [
    { quarantined_by: { parent: 1, cast: 1 }, removed: { superseded: 1, visit_of_another_patient: 1 } },
  ])
})

test('the samples are named as land names files', t => {
  const sample = readFileSync(join(sampleData, 'intake/20230503/patient_intake_20230503T084512345Z.csv'), 'utf8')
  t.true(sample.startsWith(header))
})
