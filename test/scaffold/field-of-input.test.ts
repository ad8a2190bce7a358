import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type DuckDB, openDuckDB } from '../../pipelines/platform/duckdb.ts'
import { levelSql } from '../../pipelines/scaffold/nesting-levels.ts'
import { quoteConstant, quoteIdent } from '../../pipelines/platform/sql.ts'
import { listed, make, type Made } from './making.ts'

async function engine(t: ExecutionContext, allowedPaths: readonly string[] = []): Promise<DuckDB> {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-select-'))
  const duckdb = await openDuckDB({ memoryLimit: '256MB', threads: 1, tempDirectory: folder, allowedPaths })
  t.teardown(() => {
    duckdb.close()
    rmSync(folder, { recursive: true })
  })
  return duckdb
}

/** The rows that a generated SELECT makes of the landed sample, read as a relation of the input's name. */
async function rowsOf(
  t: ExecutionContext,
  relation: string,
  made: Made,
  table: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const sample = made.path(made.files.at(-1) ?? '')
  const duckdb = await engine(t, [sample])
  await duckdb.run(
    `create table ${quoteIdent(relation)} as select 1 as file_no, row_number() over () as record_no, *
     from read_json(${quoteConstant(sample)})`,
  )
  return duckdb.rows(`select * from (${made.read(`sources/ward/${table}.sql`)}) order by file_no, record_no`)
}

const person = { id: 'P-1', name: 'A', birth_date: '1977-01-31' }
const visits = [
  { visit_id: 'V-1', visit_date: '2023-05-01' },
  { visit_id: 'V-2', visit_date: '2023-05-02' },
]

test('an object with the name of its input gives its own fields, not those of the record', async t => {
  for (const field of ['patient', 'Patient']) {
    const sample = [{ id: 'rec-1', name: 'Z', birth_date: '1900-01-01', [field]: { ...person, visits } }]
    const made = await make(t, 'patient_20230501.json', JSON.stringify(sample))
    t.deepEqual(
      listed(made),
      [
        ['patients', 1, 1],
        ['visits', 2, 2],
      ],
      field,
    )
    const [patient, ...others] = await rowsOf(t, 'patient', made, 'patients')
    t.deepEqual([patient?.['patient_id'], others.length], ['P-1', 0], field)
    t.deepEqual(
      (await rowsOf(t, 'patient', made, 'visits')).map(row => [
        row['patient_id'],
        row['visit_id'],
        String(row['visit_date']),
      ]),
      [
        ['P-1', 'V-1', '2023-05-01'],
        ['P-1', 'V-2', '2023-05-02'],
      ],
      field,
    )
  }
})

test('every path below the records reads its own value, whatever the names of relation, schema and database', async t => {
  const names = ['patient', 'Patient', 'main', 'memory', 'other']
  const paths = names.flatMap(first => names.map(second => [first, second]))
  const inner = (at: string): string =>
    `{${[...names.slice(1), 'id'].map(name => `'${name}': {'id': '${at}.${name}'}`).join(', ')}}`
  for (const relation of ['patient', 'main', 'memory']) {
    const columns = names.filter(name => name !== 'Patient').map(name => `${inner(name)} as ${name}`)
    const duckdb = await engine(t)
    await duckdb.run(`create table ${relation} as select 'rec' as id, ${columns.join(', ')}`)
    const level = { name: relation, list: undefined, columns: [], others: [] }
    for (const path of paths) {
      const text = levelSql(new Set()).column(level, { name: '', path: [...path, 'id'] })
      const [row] = await duckdb.rows(`select ${text} as id from ${relation}`)
      const [first = '', second = ''] = path.map(name => name.toLowerCase())
      t.is(String(row?.['id']).toLowerCase(), `${first}.${second}`, text)
    }
  }
})

test('a list with the name of its input becomes rows', async t => {
  const sample = [{ patient_id: 'P-1', visits: { visits } }]
  const made = await make(t, 'visits.json', JSON.stringify(sample))
  const rows = await rowsOf(t, 'visits', made, 'visits')
  t.deepEqual(
    rows.map(row => [row['patient_id'], row['visit_id']]),
    [
      ['P-1', 'V-1'],
      ['P-1', 'V-2'],
    ],
  )
})

test('nested lists whose names differ only in case, or in characters that SQL does not take, stay separate', async t => {
  for (const [outer, inner] of [
    ['visits', 'Visits'],
    ['ward-visits', 'ward_Visits'],
  ] as const) {
    const sample = [{ patient_id: 'P-1', [outer]: [{ ward: 'A', [inner]: visits }] }]
    const made = await make(t, 'stays.json', JSON.stringify(sample))
    const rows = await rowsOf(t, 'stays', made, 'visits')
    t.deepEqual(
      rows.map(row => [row['patient_id'], row['visit_id']]),
      [
        ['P-1', 'V-1'],
        ['P-1', 'V-2'],
      ],
      inner,
    )
  }
})
