import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { parse } from 'csv-parse/sync'
import { openDuckDB } from '../../pipelines/platform/duckdb.ts'
import { quoteConstant } from '../../pipelines/platform/sql.ts'
import { caseload } from '../helpers/cli.ts'
import { createDatabase, rowsOf, type TestDatabase, testDatabase } from '../helpers/database.ts'
import { testLanding } from '../helpers/landing.ts'
import { testProject } from '../helpers/project.ts'
import { sampleData } from '../helpers/samples.ts'
import { goldenNames, isGolden, loadSource } from './golden.ts'

let database: TestDatabase

test.before(async () => {
  database = await createDatabase()
  await loadSource(database.url, 'synthea')
})
test.after.always(() => database.drop())

for (const name of goldenNames('synthea')) {
  test(`${name} of the sample export is the golden one`, async t => {
    await isGolden(t, database.url, 'synthea', name)
  })
}

test('one drug twice at one moment is two treatments', async t => {
  const rows = await rowsOf(
    database.url,
    `select treatment_id from store.treatments where drug like '%Metformin%' and batch_date = '2023-05-01' order by 1`,
  )
  t.deepEqual(rows, [
    { treatment_id: '2023-04-28T14:15:00Z/860975/SYN-E-002/1' },
    { treatment_id: '2023-04-28T14:15:00Z/860975/SYN-E-002/2' },
  ])
})

test('a reading delivered twice and one without a value are removed by name', async t => {
  const rows = await rowsOf(
    database.url,
    `select c.removed from caseload.tables as c join caseload.runs as r using (run_id)
     where r.batch_date = '2023-05-01' and c.table_name = 'measurements'`,
  )
  t.deepEqual(rows, [{ removed: { duplicate: 1, empty_value: 1 } }])
})

const filled = ['patients', 'allergies', 'visits', 'diagnoses', 'procedures', 'treatments', 'measurements', 'devices']

test('the same export as Parquet files gives the same rows, loaded and not', async t => {
  const { url } = database
  const landing = testLanding(t)
  const folder = join(sampleData, 'synthea/20230501')
  for (const name of readdirSync(folder)) {
    const file = await asParquet(t, join(folder, name))
    landing.write(`synthea__parquet/20230501/${name.replace('.csv', '.parquet')}`, file)
  }
  const project = testProject(t, { zones: { synthea__parquet: 'America/New_York' } })
  const env = { CASELOAD_PROJECT: project.root }
  const done = await caseload(['run', 'synthea__parquet', '2023-05-01', '--landing', landing.root], { url, env })
  t.is(done.code, 0, done.stderr)
  const of = (query: string, source: string): Promise<unknown> => rowsOf(url, query, [source])
  const same = async (query: string): Promise<void> => {
    t.deepEqual(await of(query, 'synthea__parquet'), await of(query, 'synthea'), query)
  }
  for (const table of filled) {
    await same(`select to_jsonb(r) - 'source' as r from store.${table} as r
                where source = $1 and batch_date = '2023-05-01' order by 1`)
  }
  await same(`select table_name, record_no, column_name, rule, reason from caseload.quarantine
              where source = $1 and batch_date = '2023-05-01' order by 1, 2, 3, 4`)
})

test('a Parquet file beside the CSV file of its name, and a damaged one, are refused', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const folder = join(sampleData, 'synthea/20230501')
  for (const name of ['patients.csv', 'encounters.csv']) {
    landing.write(`synthea/20230501/${name}`, readFileSync(join(folder, name)))
  }
  const file = await asParquet(t, join(folder, 'patients.csv'))
  landing.write('synthea/20230501/patients.parquet', file)
  const run = (): ReturnType<typeof caseload> =>
    caseload(['run', 'synthea', '2023-05-01', '--landing', landing.root], { url })
  const twice = await run()
  t.is(twice.code, 3)
  t.regex(twice.stderr, /in one form, found patients\.csv beside patients\.parquet/)

  // What lies between the mark at the start and the footer, from which the records are counted.
  const damaged = Buffer.from(file).fill(0xff, 4, 400)
  landing.write('synthea/20230501/patients.parquet', damaged)
  rmSync(join(landing.root, 'synthea/20230501/patients.csv'))
  const broken = await run()
  t.is(broken.code, 3, broken.stderr)
  t.regex(broken.stderr, /patients\.parquet/)
  t.notRegex(broken.stderr, /Sample1|SYN-P/)
})

test('a day stays the day that was delivered, and a moment is on the day of its region', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const day = 'synthea/20200101'
  landing.write(`${day}/patients.csv`, 'Id,BIRTHDATE,DEATHDATE,FIRST,LAST,GENDER\nP1,1980-01-01,,Avery,Sample,F\n')
  landing.write(
    `${day}/encounters.csv`,
    'Id,START,STOP,PATIENT,ENCOUNTERCLASS,DESCRIPTION\n' +
      'E1,2019-05-01,2019-05-03,P1,inpatient,Stay\nE2,2019-05-01T02:00:00Z,2019-05-03T14:00:00Z,P1,inpatient,Stay\n',
  )
  landing.write(
    `${day}/medications.csv`,
    'START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION\n' +
      '2019-05-01,2019-05-08,P1,E1,1,Drug A\n2019-05-01T14:00:00Z,2019-05-08T02:00:00Z,P1,E2,2,Drug B\n2020-02-29,,P1,E2,3,Drug C\n',
  )
  const done = await caseload(['run', 'synthea', '2020-01-01', '--landing', landing.root], { url })
  t.is(done.code, 0, done.stderr)
  t.deepEqual(await rowsOf(url, 'select drug, started_on, ended_on from store.treatments order by 1'), [
    { drug: 'Drug A', started_on: '2019-05-01', ended_on: '2019-05-08' },
    { drug: 'Drug B', started_on: '2019-05-01', ended_on: '2019-05-07' },
    { drug: 'Drug C', started_on: '2020-02-29', ended_on: null },
  ])
  const visits = `select visit_id, visit_date, admitted_on, discharged_on, admitted_at is null as whole_days
    from store.visits order by 1`
  t.deepEqual(await rowsOf(url, visits), [
    {
      visit_id: 'E1',
      visit_date: '2019-05-01',
      admitted_on: '2019-05-01',
      discharged_on: '2019-05-03',
      whole_days: true,
    },
    {
      visit_id: 'E2',
      visit_date: '2019-04-30',
      admitted_on: '2019-04-30',
      discharged_on: '2019-05-03',
      whole_days: false,
    },
  ])
})

/** The bytes of a Parquet file with the columns and texts of a CSV file. */
async function asParquet(t: ExecutionContext, path: string): Promise<Buffer> {
  const tempDirectory = mkdtempSync(join(tmpdir(), 'caseload-parquet-'))
  t.teardown(() => {
    rmSync(tempDirectory, { recursive: true })
  })
  const duckdb = await openDuckDB({ memoryLimit: '300MB', threads: 1, tempDirectory, allowedPaths: [path] })
  try {
    const made = join(tempDirectory, 'made.parquet')
    const source = `read_csv(${quoteConstant(path)}, all_varchar = true, header = true, delim = ',')`
    await duckdb.run(`copy (select * from ${source}) to ${quoteConstant(made)} (format parquet)`)
    return readFileSync(made)
  } finally {
    duckdb.close()
  }
}

/** A whole export of Synthea, if this machine has one. */
const delivered = process.env['CASELOAD_SYNTHEA_EXPORT']

const tableOf: Readonly<Record<string, string>> = {
  patients: 'patients',
  encounters: 'visits',
  conditions: 'diagnoses',
  medications: 'treatments',
  observations: 'measurements',
  procedures: 'procedures',
  allergies: 'allergies',
  devices: 'devices',
}

const testExport = delivered === undefined || delivered === '' ? test.skip : test

testExport('every record of a whole export is accounted for', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  for (const name of readdirSync(delivered ?? '')) {
    landing.write(`synthea/20990101/${name}`, readFileSync(join(delivered ?? '', name)))
  }
  const done = await caseload(['run', 'synthea', '2099-01-01', '--landing', landing.root], { url })
  t.is(done.code, 0, done.stderr)
  const counts = await rowsOf(
    url,
    'select table_name, candidates, loaded + quarantined as kept, removed from caseload.tables',
  )
  for (const [file, table] of Object.entries(tableOf)) {
    const path = join(delivered ?? '', `${file}.csv`)
    const records = parse(readFileSync(path), { columns: true }).length
    const count = counts.find(row => row['table_name'] === table)
    const removed = Object.values((count?.['removed'] ?? {}) as Record<string, number>)
    t.is(Number(count?.['candidates']), records, table)
    t.is(Number(count?.['kept']) + removed.reduce((sum, n) => sum + n, 0), records, table)
  }
})
