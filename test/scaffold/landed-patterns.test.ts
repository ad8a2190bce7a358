import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { csv } from '../../pipelines/source/inputs.ts'
import { landedPatterns } from '../../pipelines/scaffold/landed-patterns.ts'
import { inputNameOf } from '../../pipelines/scaffold/sample-file.ts'
import { listLanding } from '../helpers/landing.ts'
import { make, refusal } from './making.ts'

function folderOf(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-patterns-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

const patternsOf = (files: readonly string[], date = '2023-05-01'): readonly string[] =>
  landedPatterns(
    files.map(file => ({ name: inputNameOf(file), file })),
    { source: 'ward', date },
  )

test('if the pattern of one sample matches another one, {date} replaces the day', t => {
  t.deepEqual(patternsOf(['visits_20230501.csv', 'drugs_20230501.csv']), ['visits_*.csv', 'drugs_*.csv'])
  const files = ['visits_20230501.csv', 'visits_diagnoses_20230501.csv']
  t.deepEqual(patternsOf(files), ['visits_{date}.csv', 'visits_diagnoses_{date}.csv'])
  t.deepEqual(patternsOf(['visits_20230501.ndjson', 'visits_diagnoses.csv', 'visits_b.ndjson']), [
    'visits_{date}.ndjson',
    'visits_diagnoses.csv',
    'visits_b.ndjson',
  ])
  t.deepEqual(patternsOf(['a_20230501T081500Z.csv.gz', 'a_7001_20230501_b.parquet']), [
    'a_{date}*.csv',
    'a_*{date}_b.csv',
  ])
})

test('each delivery of such a source has its files in one input each', async t => {
  const folder = folderOf(t)
  const from = ['visits_20230501.csv', 'visits_diagnoses_20230501.csv'].map(file => join(folder, file))
  writeFileSync(from[0] ?? '', 'patient,visit_id,visit_date\nP-17,V-1,2023-05-01\n')
  writeFileSync(from[1] ?? '', 'patient,visit_id,icd10\nP-17,V-1,E11.9\n')
  const made = await make(t, 'unused.csv', '', { from })
  const patterns = [...made.read('sources/ward/ward.js').matchAll(/files: \['(.*)'\]/g)].map(([, one = '']) => one)
  const inputs = Object.fromEntries(
    patterns.map((pattern, index) => [`input${index}`, csv({ files: [pattern], columns: ['any'] })]),
  )
  for (const day of ['20230501', '20230502']) {
    mkdirSync(join(folder, 'ward', day), { recursive: true })
    const names = [`visits_${day}.csv`, `visits_diagnoses_${day}.csv`]
    for (const name of names) writeFileSync(join(folder, 'ward', day, name), '')
    const date = `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`
    const { files } = await listLanding(folder, { source: 'ward', date }, inputs)
    t.deepEqual(
      files.map(({ input, name }) => [input, name]),
      names.map((name, index) => [`input${index}`, `ward/${day}/${name}`]),
    )
  }
})

test('samples whose patterns match each other even with {date} are refused by name, before a file is written', t => {
  const files = ['visits_20240229.csv', 'visits_diagnoses_20240229.csv']
  t.throws(() => patternsOf(files), {
    name: 'UsageError',
    message: /visits_\*\.csv, for visits_20240229\.csv, also matches visits_diagnoses_20240229\.csv\. .*--date/,
  })
  t.deepEqual(patternsOf(files, '2024-02-29'), ['visits_{date}.csv', 'visits_diagnoses_{date}.csv'])
  t.throws(() => landedPatterns([{ name: 'a', file: 'a.csv.GZ' }], { source: 'ward', date: '2023-05-01' }))
})

test('a name that the landing does not accept is refused: .parquet and .gz are lower-case', async t => {
  for (const file of ['X.PARQUET', 'x.csv.GZ', 'x.json.Gz', 'x.Parquet', 'x.parquet.GZ']) {
    t.regex(
      await refusal(t, file, 'patient,name\nP-17,A\n'),
      /Expected a file name that the landing accepts, found .* lower-case/,
    )
  }
  const made = await make(t, 'X.CSV', 'patient,name\nP-17,A\n')
  t.true(made.read('sources/ward/ward.js').includes("files: ['X.CSV']"))
})
