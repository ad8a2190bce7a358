import test from 'ava'
import { parse } from 'csv-parse/sync'
import { caseload } from '../helpers/cli.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../helpers/landing.ts'

const events = JSON.stringify([patient('P1', 'Avery "Ace" Sample, née Ñandú', [{ drug: 'Metformin', dose: '500 mg' }])])

test('status shows published, failed and overdue batches, as a table and as one JSON array', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, events)
  landing.write('source_a/20230504/visit_events.json', '[')
  const options = { url, env: { CASELOAD_LANDING: landing.root } }
  t.regex((await caseload(['status'], options)).stdout, /No batch ran yet/)
  t.deepEqual(JSON.parse((await caseload(['status', '--json'], options)).stdout), [])
  t.is((await caseload(['run', 'source_a', '20230501'], options)).code, 0)
  t.is((await caseload(['run', 'source_a', '20230504'], options)).code, 3)
  t.is((await caseload(['run', 'source_a', '20230503'], options)).code, 4)
  landing.write(eventsFile, 'no longer JSON')
  t.is((await caseload(['run', 'source_a', '20230501'], options)).code, 3)

  const json = await caseload(['status', 'source_a', '--to', '2023-05-06', '--json'], options)
  const states = JSON.parse(json.stdout) as Record<string, unknown>[]
  t.deepEqual(
    states.map(state => [state['batch_date'], state['state'], state['last_run'], state['rows']]),
    [
      ['2023-05-01', 'stale', 'refused', 4],
      ['2023-05-02', 'overdue', null, null],
      ['2023-05-03', 'not_delivered', 'incomplete', null],
      ['2023-05-04', 'refused', 'refused', null],
      ['2023-05-05', 'overdue', null, null],
      ['2023-05-06', 'overdue', null, null],
    ],
  )
  const table = await caseload(['status', '--to', '2023-05-06'], options)
  t.regex(table.stdout, /source_a\s+2023-05-05 \.\. 2023-05-06\s+overdue \(2 days\)/)
  t.deepEqual(JSON.parse((await caseload(['status', 'source_b', '--json'], options)).stdout), [])
})

test('runs lists every run, the newest first, of a source and of a day', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, events)
  const options = { url, env: { CASELOAD_LANDING: landing.root } }
  t.deepEqual(JSON.parse((await caseload(['runs', '--json'], options)).stdout), [])
  await caseload(['run', 'source_a', '20230501'], options)
  await caseload(['run', 'source_a', '20230502'], options)
  const all = JSON.parse((await caseload(['runs', '--json'], options)).stdout) as Record<string, unknown>[]
  t.deepEqual(
    all.map(run => [run['batch_date'], run['status'], run['rows'], run['error_class']]),
    [
      ['2023-05-02', 'incomplete', null, 'NoDeliveryError'],
      ['2023-05-01', 'published', 4, null],
    ],
  )
  const day = JSON.parse((await caseload(['runs', 'source_a', '2023-05-01', '--json'], options)).stdout) as unknown[]
  t.is(day.length, 1)
  t.regex((await caseload(['runs', '--limit', '1'], options)).stdout, /2023-05-02 +incomplete .*no delivery/)
  t.is((await caseload(['runs', '--limit', '0'], options)).code, 2)
})

test('run --json prints one object that names files, hashes and tables', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, events)
  const done = await caseload(['run', 'source_a', '20230501', '--json', '--landing', landing.root], { url })
  const result = JSON.parse(done.stdout) as {
    runId: string
    files: unknown[]
    tables: { table: string; loaded: number }[]
  }
  t.deepEqual(
    result.tables.map(({ table, loaded }) => [table, loaded]),
    [
      ['patients', 1],
      ['visits', 1],
      ['diagnoses', 1],
      ['treatments', 1],
    ],
  )
  const files = await rowsOf(
    url,
    'select run_id, path, input, bytes, records, length(sha256) as digits from caseload.files',
  )
  t.deepEqual(files, [
    {
      run_id: result.runId,
      path: eventsFile,
      input: 'visit_events',
      bytes: Buffer.byteLength(events),
      records: 1,
      digits: 64,
    },
  ])
})

test('sql prints a table, an array of row objects, or CSV, of a query or of a file', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, events)
  landing.write('query.sql', 'select 1 as nothing;\nselect patient_id, name, null as gap, 1.50 as n from patients;\n')
  await caseload(['run', 'source_a', '20230501', '--landing', landing.root], { url })
  const file = ['sql', '-f', `${landing.root}/query.sql`]
  const row = { patient_id: 'P1', name: 'Avery "Ace" Sample, née Ñandú', gap: null, n: '1.50' }
  t.deepEqual(JSON.parse((await caseload([...file, '--json'], { url })).stdout), [row])
  const csv = (await caseload([...file, '--csv'], { url })).stdout
  t.deepEqual(parse(csv, { columns: true }), [{ ...row, gap: '' }])
  t.regex(
    (await caseload(file, { url })).stdout,
    /^patient_id {2}name +n\n-.*\nP1 .*née Ñandú +1\.50\n\(1 row; not shown: 1 column without a value\)\n$/,
  )
  t.deepEqual(JSON.parse((await caseload(['sql', '--json', 'select 1 where false'], { url })).stdout), [])
  t.is((await caseload(['sql', 'select 1', '-f', 'x.sql'], { url })).code, 2)
  t.is((await caseload(['sql', '-f', `${landing.root}/none.sql`], { url })).code, 2)
})

test('sql reports what is wrong with a query, but never a value of a row', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, events)
  await caseload(['run', 'source_a', '20230501', '--landing', landing.root], { url })
  const typo = await caseload(['sql', 'select nmae from patients'], { url })
  t.is(typo.code, 1)
  t.regex(typo.stderr, /column "nmae" does not exist/)
  const cast = await caseload(['sql', 'select name::integer from patients'], { url })
  t.is(cast.code, 1)
  t.regex(cast.stderr, /22P02/)
  t.false(cast.stderr.includes('Avery'))
})

test('help lists the commands and the version is that of the package', async t => {
  const help = await caseload(['--help'])
  t.is(help.code, 0)
  for (const name of ['run', 'status', 'runs', 'sql', 'views', 'migrate', 'db'])
    t.regex(help.stdout, new RegExp(`^ {2}${name} `, 'm'))
  t.regex((await caseload(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
  t.regex((await caseload(['run', '--help'])).stdout, /caseload run source_a 20230501/)
})

test('a site is served by the class of its transformer, with leaves of its own', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write('source_a__north/20230501/visit_events.json', events)
  landing.write(eventsFile, events)
  const options = { url, env: { CASELOAD_LANDING: landing.root } }
  t.is((await caseload(['run', 'source_a__north', '20230501'], options)).code, 0)
  t.is((await caseload(['run', 'source_a', '20230501'], options)).code, 0)
  t.deepEqual(await rowsOf(url, 'select source, transformer, class from caseload.sources order by source'), [
    { source: 'source_a', transformer: 'source_a', class: 'SourceA' },
    { source: 'source_a__north', transformer: 'source_a', class: 'SourceA' },
  ])
  t.deepEqual(await rowsOf(url, 'select source, patient_id from patients order by source'), [
    { source: 'source_a', patient_id: 'P1' },
    { source: 'source_a__north', patient_id: 'P1' },
  ])
})
