import { mkdirSync, symlinkSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import type { CheckResult } from '../../pipelines/audit/check-result.ts'
import { caseload, type CallOptions, root } from '../helpers/cli.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'
import { testLanding } from '../helpers/landing.ts'

const ward = `import { csv, Transformer } from 'caseload'
export class Ward extends Transformer {
  inputs = { stays: csv({ files: ['stays.csv'], columns: ['patient', 'dose'] }) }
  tables = ['patients', 'treatments']
  quality = [
    { kind: 'not_empty', table: 'treatments', severity: 'warn' },
    { kind: 'null_share', table: 'treatments', column: 'drug', most: 0.5, severity: 'warn' },
  ]
}
`
const patients =
  'select min(file_no) as file_no, min(record_no) as record_no, patient as patient_id from stays group by patient'
const treatments = `select file_no, record_no, patient as patient_id, record_no::varchar as treatment_id, dose as dose_value
from stays`

interface Ward {
  readonly url: string
  readonly options: CallOptions
  readonly write: (name: string, content: string) => void
}

/** A database, a landing root and a source of this test's own with two batches in it: one with a dose below zero. */
async function wardOf(t: ExecutionContext): Promise<Ward> {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const write = (name: string, content: string): void => {
    landing.write(name, content)
  }
  // Where a source lies outside the package, it finds the package as any dependency.
  mkdirSync(`${landing.root}/node_modules`)
  symlinkSync(root, `${landing.root}/node_modules/caseload`)
  write('sources/ward/ward.js', ward)
  write('sources/ward/patients.sql', patients)
  write('sources/ward/treatments.sql', treatments)
  write('data/ward/20230501/stays.csv', 'patient,dose\nP-canary,500\nP-canary,0\nP2,1\n')
  write('data/ward/20230502/stays.csv', 'patient,dose\nP2,1\n')
  const env = { CASELOAD_SOURCES: `${landing.root}/sources`, CASELOAD_LANDING: `${landing.root}/data` }
  return { url, options: { url, env }, write }
}

test('check runs the checks of a published batch again, prints and records them', async t => {
  const { url, options } = await wardOf(t)
  const nothing = await caseload(['check', 'ward', '20230501'], options)
  t.is(nothing.code, 4)
  t.regex(nothing.stderr, /Nothing is published for ward 2023-05-01/)
  t.is((await caseload(['run', 'ward', '20230501'], options)).code, 0)

  const told = await caseload(['check', 'ward', '20230501'], options)
  t.is(told.code, 0, told.stderr)
  t.regex(told.stdout, /^check +table +severity +outcome +checked rows +bad rows +detail\n/)
  t.regex(told.stdout, /^doses_above_zero +treatments +warn +warn +3 +1$/m)
  t.regex(told.stdout, /^null_share\(drug, 50 %\) +treatments +warn +warn +3 +3 +100 % without a value; at most 50 %$/m)
  t.false(told.stdout.includes('canary'))
  const json = await caseload(['check', 'ward', '2023-05-01', '--json'], options)
  const results = JSON.parse(json.stdout) as CheckResult[]
  t.deepEqual(
    results.map(one => [one.table, one.check, one.outcome]),
    [
      ['patients', 'row_count', 'pass'],
      ['patients', 'default_birth_dates', 'pass'],
      ['treatments', 'row_count', 'pass'],
      ['treatments', 'not_empty', 'pass'],
      ['treatments', 'null_share(drug, 50 %)', 'warn'],
      ['treatments', 'orphans_visits', 'pass'],
      ['treatments', 'doses_above_zero', 'warn'],
      ['treatments', 'identical_rows', 'pass'],
    ],
  )
  const recorded = await rowsOf(
    url,
    `select count(distinct c.checked_at) >= 2 as twice, count(distinct c.run_id) as runs
     from caseload.checks as c join caseload.runs as r on r.run_id = c.run_id and r.status = 'published'`,
  )
  t.deepEqual(recorded, [{ twice: true, runs: 1 }])
})

test('check --sql prints the query that lists the bad rows, and sql runs it', async t => {
  const { options } = await wardOf(t)
  await caseload(['run', 'ward', '20230501'], options)
  const query = await caseload(['check', 'ward', '20230501', '--sql', 'doses_above_zero'], options)
  t.is(query.code, 0, query.stderr)
  const rows = await caseload(['sql', '--json', query.stdout], options)
  t.like(JSON.parse(rows.stdout), [{ patient_id: 'P-canary', dose_value: '0.000000' }])
  t.is((JSON.parse(rows.stdout) as unknown[]).length, 1)
  const unknown = await caseload(['check', 'ward', '20230501', '--sql', 'nonsense'], options)
  t.is(unknown.code, 2)
  t.regex(unknown.stderr, /There are: default_birth_dates, doses_above_zero/)
})

test('a rule of severity error that does not hold ends check with 3, and data_quality_summary shows it', async t => {
  const { url, options, write } = await wardOf(t)
  t.is((await caseload(['run', 'ward', '20230501'], options)).code, 0)
  t.is((await caseload(['run', 'ward', '20230502'], options)).code, 0)
  write(
    'sources/ward/checks/doses_above_zero.sql',
    '-- Grain: one row per such treatment.\n-- table: treatments\n-- severity: error\nselect dose_value from treatments where dose_value <= 0',
  )
  const failed = await caseload(['check', 'ward', '20230501'], options)
  t.is(failed.code, 3)
  t.regex(failed.stdout, /^doses_above_zero +treatments +error +fail +3 +1$/m)
  t.regex(failed.stderr, /treatments doses_above_zero: 1 of 3 rows \(sources\/ward\/checks\/doses_above_zero\.sql\)/)
  for (let time = 0; time < 2; time++) t.is((await caseload(['check', 'ward', '20230502'], options)).code, 0)

  write('data/ward/20230502/stays.csv', 'no,such,columns\n')
  const { code } = await caseload(['run', 'ward', '20230502'], options)
  t.not(code, 0)
  const summary = await rowsOf(
    url,
    `select batch_date, table_name, is_published, newest_run_status, rows_delivered, rows_loaded, rows_quarantined,
       rows_removed, share_quarantined, checks_made, checks_warned, checks_failed
     from data_quality_summary where source = 'ward' order by batch_date, table_name`,
  )
  const common = { is_published: true, rows_quarantined: 0, rows_removed: 0, share_quarantined: '0.0000' }
  t.deepEqual(
    summary.map(({ newest_run_status: newest, ...row }) => ({ ...row, published: newest === 'published' })),
    [
      ['2023-05-01', 'patients', 2, [2, 0, 0], true] as const,
      ['2023-05-01', 'treatments', 3, [6, 1, 1], true] as const,
      ['2023-05-02', 'patients', 1, [2, 0, 0], false] as const,
      ['2023-05-02', 'treatments', 1, [6, 1, 0], false] as const,
    ].map(([date, table, rows, [made, warned, failing], published]) => ({
      batch_date: date,
      table_name: table,
      ...common,
      rows_delivered: rows,
      rows_loaded: rows,
      checks_made: made,
      checks_warned: warned,
      checks_failed: failing,
      published,
    })),
  )
})

const clinic = `import { csv, Transformer } from 'caseload'
export class Clinic extends Transformer {
  inputs = {
    stays: csv({ files: ['stays.csv'], columns: ['patient', 'stay', 'day'] }),
    scripts: csv({ files: ['scripts_*.csv'], columns: ['patient', 'stay', 'drug'] }),
  }
  tables = ['visits', 'treatments']
  children = { treatments: 'entity' }
}
`
const scripts = `select file_no, record_no, patient as patient_id, stay as visit_id, drug,
  concat_ws('/', md5([patient, stay, drug]::varchar), row_number() over (partition by patient, stay, drug order by file_no, record_no))
    as treatment_id
from scripts`

test('a file that comes under two names, and drugs of a visit in quarantine, are loaded with a warning each', async t => {
  const { url, options, write } = await wardOf(t)
  write('sources/clinic/clinic.js', clinic)
  write(
    'sources/clinic/visits.sql',
    `select file_no, record_no, patient as patient_id, stay as visit_id, day as visit_date, 'outpatient' as visit_type from stays`,
  )
  write('sources/clinic/treatments.sql', scripts)
  write('data/clinic/20230501/stays.csv', 'patient,stay,day\nP1,S1,2023-05-01\nP2,S2,2023-02-30\n')
  write('data/clinic/20230501/scripts_1.csv', 'patient,stay,drug\nP1,S1,Metformin\nP2,S2,Aspirin\n')
  write('data/clinic/20230501/scripts_2.csv', 'patient,stay,drug\nP1,S1,Metformin\nP1,S1,Ramipril\n')
  const done = await caseload(['run', 'clinic', '20230501'], options)
  t.is(done.code, 0, done.stderr)
  t.regex(done.stderr, / warn .*treatments identical_rows: 1 of 4 rows\n/)
  t.regex(done.stderr, / warn .*treatments orphans_visits: 1 of 4 rows; no parent in any batch 1; the view orphans/)
  const seen = `select patient_id, treatments_drug, prescribed_date from clinical.patient_treatment_summary order by 1, 2`
  t.deepEqual(await rowsOf(url, seen), [
    { patient_id: 'P1', treatments_drug: 'Metformin', prescribed_date: '2023-05-01' },
    { patient_id: 'P1', treatments_drug: 'Metformin', prescribed_date: '2023-05-01' },
    { patient_id: 'P1', treatments_drug: 'Ramipril', prescribed_date: '2023-05-01' },
    { patient_id: 'P2', treatments_drug: 'Aspirin', prescribed_date: null },
  ])
  t.deepEqual(await rowsOf(url, 'select table_name, rule from caseload.quarantine'), [
    { table_name: 'visits', rule: 'cast' },
  ])
  // The corrected visit gets its drug.
  write('data/clinic/20230502/stays.csv', 'patient,stay,day\nP2,S2,2023-02-28\n')
  write('data/clinic/20230502/scripts_1.csv', 'patient,stay,drug\nP3,,Aspirin\n')
  t.is((await caseload(['run', 'clinic', '20230502'], options)).code, 0)
  t.like(await rowsOf(url, `${seen} offset 3 limit 1`), [{ patient_id: 'P2', prescribed_date: '2023-02-28' }])
})
