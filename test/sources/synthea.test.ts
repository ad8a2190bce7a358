import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { parse } from 'csv-parse/sync'
import { caseload } from '../helpers/cli.ts'
import { createDatabase, rowsOf, type TestDatabase, testDatabase } from '../helpers/database.ts'
import { testLanding } from '../helpers/landing.ts'
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
  landing.write('synthea/20990101/.keep', '')
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
