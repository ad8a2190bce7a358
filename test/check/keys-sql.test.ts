import test, { type ExecutionContext } from 'ava'
import { checkedSelect } from '../../pipelines/check/check-sql.ts'
import { judgedSelect, type JudgeOptions } from '../../pipelines/check/judge-sql.ts'
import { decodeVerdict, verdictColumns } from '../../pipelines/check/verdict-columns.ts'
import { findTwiceSql, parentKeysSql, resolvedSelect, setAsideSql } from '../../pipelines/check/keys-sql.ts'
import { text as textColumn } from '../../pipelines/contract/columns.ts'
import { measurements } from '../../pipelines/contract/tables/measurements.ts'
import { patients } from '../../pipelines/contract/tables/patients.ts'
import { visits } from '../../pipelines/contract/tables/visits.ts'
import type { OnConflict } from '../../pipelines/source/transformer.ts'
import { testEngine } from '../helpers/engine.ts'

/** One row per record: patient, name, birth date, version. */
type Delivered = readonly (string | null)[]

const text = (value: string | null | undefined): string =>
  value === null || value === undefined ? 'null' : `'${value}'`

function select(rows: readonly Delivered[]): string {
  const values = rows.map((row, index) => `(1, ${index + 1}, ${row.map(text).join(', ')})`)
  return `select file_no, record_no, patient_id::varchar as patient_id, name::varchar as name, birth_date::varchar as birth_date, version::varchar as version
    from (values ${values.join(', ')}) as v (file_no, record_no, patient_id, name, birth_date, version)`
}

const yielded = new Map([
  ['file_no', 'INTEGER'],
  ['record_no', 'INTEGER'],
  ...['patient_id', 'name', 'birth_date', 'version'].map(name => [name, 'VARCHAR'] as const),
])
const options: JudgeOptions = {
  zone: 'UTC',
  mayHoldNul: false,
  batchDate: '2023-05-01',
  parents: [],
  actions: {},
  mask: () => 'keep',
}

/** How each record ended: loaded, removed by a rule, or the broken rule. */
async function outcomes(t: ExecutionContext, rows: readonly Delivered[], onConflict: OnConflict): Promise<string[]> {
  const duckdb = await testEngine(t)
  const judged = judgedSelect(patients, select(rows), yielded, options)
  await duckdb.run(findTwiceSql(judged, onConflict))
  await duckdb.run(setAsideSql(judged, onConflict))
  const checked = checkedSelect(resolvedSelect(judged, onConflict))
  const found = await duckdb.rows(
    `select record_no, ${verdictColumns.verdict} as v from (${checked.sql}) order by record_no`,
  )
  return found.map(row => {
    const verdict = decodeVerdict(Number(row['v']))
    if (verdict.kind === 'loaded') return 'loaded'
    return verdict.kind === 'removed' ? verdict.by : String(checked.rules[verdict.rule]?.rule)
  })
}

test('of identical rows one is loaded, whatever a conflict means', async t => {
  const rows = [
    ['P1', 'Avery', null, null],
    ['P2', 'Blake', null, null],
    ['P1', 'Avery', null, null],
    ['P1', 'Avery', null, null],
  ]
  for (const onConflict of ['newest', 'quarantine', { quarantine: ['birth_date'] }] as const) {
    t.deepEqual(await outcomes(t, rows, onConflict), ['duplicate', 'loaded', 'duplicate', 'loaded'])
  }
})

test('the newest is the greatest version, then the last record; the others are superseded', async t => {
  const rows = [
    ['P1', 'Avery', null, null],
    ['P1', 'Ivory', null, null],
    ['P2', 'Blake', null, '2'],
    ['P2', 'Ebony', null, '1'],
    ['P2', 'Umber', null, null],
  ]
  t.deepEqual(await outcomes(t, rows, 'newest'), ['superseded', 'loaded', 'loaded', 'superseded', 'superseded'])
})

test('a conflict is quarantined as a whole, or only where a named column differs', async t => {
  const rows = [
    ['P1', 'Avery', '1980-01-01', null],
    ['P1', 'Ivory', '1980-01-01', null],
    ['P2', 'Blake', '1980-01-01', null],
    ['P2', 'Blake', '1990-01-01', null],
    ['P3', 'Ebony', '1980-01-01', null],
  ]
  t.deepEqual(await outcomes(t, rows, 'quarantine'), ['conflict', 'conflict', 'conflict', 'conflict', 'loaded'])
  const byBirth = await outcomes(t, rows, { quarantine: ['birth_date'] })
  t.deepEqual(byBirth, ['superseded', 'loaded', 'conflict', 'conflict', 'loaded'])
})

test('values of one moment that differ are numbered in the order of files and records; identical ones are one', async t => {
  const duckdb = await testEngine(t)
  const delivered = `select * from (values
      (2, 1, 'P1', '08:00', '0', '70'), (1, 1, 'P1', '08:00', '0', '90'), (1, 2, 'P2', '08:00', '0', '60'),
      (1, 3, 'P1', '08:00', '0', '80'), (1, 4, 'P1', '08:00', '0', '90'), (1, 5, 'P1', '08:00', '0', 'x'),
      (1, 6, 'P1', '08:00:00', '0', '80.0'), (1, 7, 'P1', '08:01', '0', '80')
    ) as v (file_no, record_no, patient_id, clock, reading_no, value)`
  const query = `select file_no, record_no, patient_id, '2023-05-01 ' || clock as measured_at, 'pulse' as type,
    '' as device_id, reading_no, value from (${delivered})`
  const names = ['patient_id', 'measured_at', 'type', 'device_id', 'reading_no', 'value']
  const columns = new Map([
    ['file_no', 'INTEGER'],
    ['record_no', 'INTEGER'],
    ...names.map(name => [name, 'VARCHAR'] as const),
  ])
  const judged = judgedSelect(measurements, query, columns, options)
  const onConflict = { number: 'reading_no' }
  await duckdb.run(findTwiceSql(judged, onConflict))
  await duckdb.run(setAsideSql(judged, onConflict))
  const checked = checkedSelect(resolvedSelect(judged, onConflict))
  const rows = await duckdb.rows(
    `select file_no, record_no, reading_no, value, ${verdictColumns.verdict} as v from (${checked.sql}) order by 1, 2`,
  )
  t.deepEqual(
    rows.map(row => {
      const verdict = decodeVerdict(Number(row['v']))
      const outcome =
        verdict.kind === 'loaded' ? String(row['reading_no']) : verdict.kind === 'removed' ? verdict.by : 'quarantined'
      return `${String(row['file_no'])}/${String(row['record_no'])} ${outcome}`
    }),
    ['1/1 0', '1/2 0', '1/3 1', '1/4 duplicate', '1/5 quarantined', '1/6 duplicate', '1/7 0', '2/1 2'],
  )
  for (const number of ['value', 'patient_id'])
    t.throws(() => resolvedSelect(judged, { number }), { name: 'UsageError' })
})

test('a row that breaks its contract neither wins nor contests', async t => {
  const rows = [
    ['P1', 'Avery', '1980-01-01', null],
    ['P1', 'Ivory', 'no date', null],
    ['P2', 'Blake', null, null],
    ['P2', 'Blake', null, null],
  ]
  t.deepEqual(await outcomes(t, rows, 'newest'), ['loaded', 'pattern', 'duplicate', 'loaded'])
})

test('rows of a version that lost leave with it, but for those that the winner delivers too', async t => {
  const duckdb = await testEngine(t)
  // Record 1 and record 2 describe visit V1 of patient P1; the visits of record 2 are the newer ones.
  const parent = judgedSelect(
    patients,
    select([
      ['P1', 'old', null, null],
      ['P1', 'new', null, null],
    ]),
    yielded,
    options,
  )
  await duckdb.run(findTwiceSql(parent, 'newest'))
  await duckdb.run(setAsideSql(parent, 'newest'))
  await duckdb.run(parentKeysSql(resolvedSelect(parent, 'newest'), ['patient_id']))
  const child = `select * from (values
      (1, 1, 'P1', 'A', 'same'), (1, 1, 'P1', 'B', 'only in the old one'), (1, 1, 'P1', 'C', 'changed'),
      (1, 2, 'P1', 'A', 'same'), (1, 2, 'P1', 'C', 'newly'), (1, 2, 'P1', 'D', 'only in the new one')
    ) as v (file_no, record_no, patient_id, visit_id, reason)`
  const columns = new Map([
    ['file_no', 'INTEGER'],
    ['record_no', 'INTEGER'],
    ...['patient_id', 'visit_id', 'reason'].map(name => [name, 'VARCHAR'] as const),
  ])
  const parents = [{ keysTable: 'caseload_keys_patients', columns: ['patient_id'], followsVersion: true }]
  const judged = judgedSelect(visits, child, columns, { ...options, parents })
  await duckdb.run(findTwiceSql(judged, 'newest'))
  await duckdb.run(setAsideSql(judged, 'newest'))
  const checked = checkedSelect(resolvedSelect(judged, 'newest'))
  const rows = await duckdb.rows(
    `select record_no, visit_id, ${verdictColumns.verdict} as v from (${checked.sql}) order by 1, 2`,
  )
  t.deepEqual(
    rows.map(row => {
      const verdict = decodeVerdict(Number(row['v']))
      return [row['record_no'], row['visit_id'], verdict.kind === 'removed' ? verdict.by : verdict.kind]
    }),
    [
      [1, 'A', 'duplicate'],
      [1, 'B', 'superseded'],
      [1, 'C', 'superseded'],
      [2, 'A', 'loaded'],
      [2, 'C', 'loaded'],
      [2, 'D', 'loaded'],
    ],
  )
})

test('columns may have any name but one with our prefix: their values stay, and so do their rows', async t => {
  const duckdb = await testEngine(t)
  const names = [
    'place',
    'held',
    'winner',
    'variants',
    'row_no',
    'whole_row',
    'first_place',
    'key_hash',
    'good',
    'loaded',
  ]
  const none = textColumn({ phi: 'none', description: 'A column.' }).nullable()
  const contract = { ...patients, shape: { ...patients.shape, ...Object.fromEntries(names.map(name => [name, none])) } }
  const values = ['P1', 'P1', 'P2'].map(
    (id, index) => `(1, ${index + 1}, ${[id, ...names.map(() => '7')].map(text).join(', ')})`,
  )
  const from = `select * from (values ${values.join(', ')}) as v (file_no, record_no, patient_id, ${names.join(', ')})`
  const types = new Map([
    ['file_no', 'INTEGER'],
    ['record_no', 'INTEGER'],
    ...['patient_id', ...names].map(name => [name, 'VARCHAR'] as const),
  ])
  const judged = judgedSelect(contract, from, types, options)
  await duckdb.run(findTwiceSql(judged, 'newest'))
  await duckdb.run(setAsideSql(judged, 'newest'))
  await duckdb.run(parentKeysSql(judged, ['patient_id']))
  const checked = checkedSelect(resolvedSelect(judged, 'newest'))
  const found = await duckdb.rows(
    `select * from (${checked.sql}) where ${verdictColumns.verdict} = 0 order by patient_id`,
  )
  t.deepEqual(
    found.map(row => [row['patient_id'], ...names.map(name => row[name])]),
    ['P1', 'P2'].map(id => [id, ...names.map(() => '7')]),
  )
})
