import { readFileSync } from 'node:fs'
import test from 'ava'
import { parse } from 'csv-parse/sync'
import { caseload, root } from '../helpers/cli.ts'
import { createDatabase, rowsOf, type TestDatabase } from '../helpers/database.ts'
import { loadSamples } from '../helpers/samples.ts'

let database: TestDatabase

test.before(async () => {
  database = await createDatabase()
  await loadSamples(database.url, ['source_a', 'source_b'])
})
test.after.always(() => database.drop())

type Row = Readonly<Record<string, string>>

const sorted = (rows: readonly Row[]): readonly string[] => rows.map(row => JSON.stringify(Object.entries(row))).sort()

for (const view of [
  'current_patients',
  'current_visits',
  'current_diagnoses',
  'current_treatments',
  'patient_treatment_summary',
  'medicine_per_patient',
]) {
  test(`${view} of the sample batches is the golden one`, async t => {
    const golden = parse<Row>(readFileSync(`${root}test/golden/${view}.csv`), { columns: true, bom: true })
    const columns = Object.keys(golden[0] ?? {}).map(name => `"${name}"`)
    const printed = await caseload(['sql', '--csv', `select ${columns.join(', ')} from ${view}`], { url: database.url })
    t.is(printed.code, 0, printed.stderr)
    const found = parse<Row>(printed.stdout, { columns: true })
    t.deepEqual(sorted(found), sorted(golden))
  })
}

test('Metformin: one row per prescription that is true now, each with its own patient', async t => {
  const { url } = database
  const rows = await rowsOf(url, `select * from patient_treatment_summary where treatments_drug = 'Metformin'`)
  const keys = rows.map(row => [row['source'], row['patient_id'], row['treatment_id']].join('|'))
  t.is(new Set(keys).size, rows.length)
  t.true(rows.length > 0)
  const current = await rowsOf(url, 'select source, patient_id, name from current_patients')
  const names = new Map(current.map(row => [`${String(row['source'])}|${String(row['patient_id'])}`, row['name']]))
  for (const row of rows) t.is(row['name'], names.get(`${String(row['source'])}|${String(row['patient_id'])}`))
})

test('the diagnosis dropped on day two is gone with its drugs, the kept ones are there once', async t => {
  const { url } = database
  const twice = await rowsOf(
    url,
    `select source, visit_id from store.visits group by source, visit_id having count(distinct batch_date) = 2`,
  )
  t.true(twice.length > 0)
  for (const { source, visit_id: visit } of twice) {
    for (const table of ['diagnoses', 'treatments']) {
      const newest = await rowsOf(
        url,
        `select count(*) as n from store.${table} where source = $1 and visit_id = $2
         and batch_date = (select max(batch_date) from store.visits where source = $1 and visit_id = $2)`,
        [source, visit],
      )
      const current = await rowsOf(
        url,
        `select count(*) as n from current_${table} where source = $1 and visit_id = $2`,
        [source, visit],
      )
      t.deepEqual(current, newest, `${table} of ${String(visit)}`)
    }
  }
})

test('patient_snapshots carries a patient of the first day forward to the second', async t => {
  const { url } = database
  const carried = await rowsOf(
    url,
    `select s.source, s.patient_id
     from patient_snapshots as s
     where s.snapshot_date = '2023-05-02'
       and not exists (
         select from store.patients as p
         where p.source = s.source and p.patient_id = s.patient_id and p.batch_date = '2023-05-02')`,
  )
  t.true(carried.length > 0)
  const ever = await rowsOf(url, 'select count(distinct (source, patient_id)) as n from store.patients')
  const last = await rowsOf(url, `select count(*) as n from patient_snapshots where snapshot_date = '2023-05-02'`)
  t.deepEqual(last, ever)
})

test('source_freshness has one row per source with its newest batch', async t => {
  const rows = await rowsOf(database.url, 'select source, newest_batch_date from source_freshness order by source')
  t.deepEqual(rows, [
    { source: 'source_a', newest_batch_date: '2023-05-02' },
    { source: 'source_b', newest_batch_date: '2023-05-02' },
  ])
})
