import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import test from 'ava'
import { DuckDbError } from '../../pipelines/platform/duckdb-error.ts'
import type { DuckDB } from '../../pipelines/platform/duckdb.ts'
import { quoteConstant } from '../../pipelines/platform/sql.ts'
import { testEngine } from '../helpers/engine.ts'

async function count(db: DuckDB, sql: string): Promise<number> {
  let rows = 0
  for await (const batch of db.stream(sql)) rows += batch.numRows
  return rows
}

test('a statement can read the allowed files and nothing else', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'caseload-test-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const allowed = join(folder, 'allowed.csv')
  const other = join(folder, 'other.csv')
  await writeFile(allowed, 'a\n1\n')
  await writeFile(other, 'a\n1\n')
  const db = await testEngine(t, { allowedPaths: [allowed] })
  t.is(await count(db, `select a from read_csv(${quoteConstant(allowed)})`), 1)
  for (const statement of [
    `select a from read_csv(${quoteConstant(other)})`,
    `select a from read_csv(${quoteConstant(join(folder, '*.csv'))})`,
    `copy (select 1) to ${quoteConstant(join(folder, 'new.csv'))}`,
    `attach ${quoteConstant(join(folder, 'new.db'))}`,
    'install httpfs',
    'set global enable_external_access = true',
    "set TimeZone = 'Europe/Berlin'",
    'set preserve_insertion_order = false',
    'reset lock_configuration',
  ]) {
    await t.throwsAsync(db.run(statement), { instanceOf: DuckDbError }, statement)
  }
  t.deepEqual((await readdir(folder)).sort(), ['allowed.csv', 'other.csv'])
})

test('the zone is set on every connection, streams included', async t => {
  const db = await testEngine(t, { timeZone: 'Europe/Amsterdam' })
  const sql = "select epoch_ms(timestamptz '2023-05-01 12:00:00') as ms"
  t.deepEqual(await db.rows(sql), [{ ms: Date.UTC(2023, 4, 1, 10) }])
  for await (const batch of db.stream(sql)) t.is(batch.getChildAt(0)?.get(0), BigInt(Date.UTC(2023, 4, 1, 10)))
})

test('rows are plain values, and big numbers keep their digits', async t => {
  const db = await testEngine(t)
  const sql = `
    select 9007199254740993 as big, count(*) as n, 1.50::decimal(9, 2) as d, date '2023-05-01' as day, [1, null] as l
    from range(3)`
  t.deepEqual(await db.rows(sql), [{ big: '9007199254740993', n: 3, d: '1.50', day: '2023-05-01', l: [1, null] }])
})

test('a stream that fails in the middle throws; it does not end early', async t => {
  const db = await testEngine(t)
  const sql = "select (case when i = 500000 then 'Smith' else i::varchar end)::integer as x from range(1000000) as r(i)"
  const error = await t.throwsAsync(count(db, sql), { instanceOf: DuckDbError })
  t.is(error.kind, 'Conversion')
  t.is(error.message, 'DuckDB: Conversion error: Could not convert string')
})

test('a result without rows yields one empty batch with its schema', async t => {
  const db = await testEngine(t)
  const batches = []
  for await (const batch of db.stream("select 'x' as a, 1.5::decimal(4, 1) as b where false")) batches.push(batch)
  t.deepEqual(
    batches.map(batch => [batch.numRows, batch.schema.fields.map(field => `${field.name} ${String(field.type)}`)]),
    [[0, ['a Utf8', 'b Decimal[4e+1]']]],
  )
})

test('streams run at the same time, and a consumer may leave one early', async t => {
  const db = await testEngine(t)
  await db.run('create table numbers as select i from range(200000) as r(i)')
  let seen = 0
  for await (const batch of db.stream('select i from numbers')) {
    seen += batch.numRows
    if (seen > 10_000) break
  }
  const counts = await Promise.all([count(db, 'select i from numbers'), count(db, 'select i + 1 from numbers')])
  t.deepEqual(counts, [200_000, 200_000])
})

for (const type of ['HUGEINT', 'UUID', 'TIME', 'INTEGER[]', 'UBIGINT', 'TIMESTAMP_NS', 'BLOB']) {
  test(`a column of type ${type} is refused by name and type`, async t => {
    const db = await testEngine(t)
    await t.throwsAsync(count(db, `select null::${type} as odd`), {
      message: `column odd has the type ${type}, which no batch can hold; cast it in the SELECT`,
    })
  })
}

const name = 'Wilhelmina'

test('an error has the position, and never a value', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'caseload-test-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const csv = join(folder, 'a.csv')
  const json = join(folder, 'a.json')
  await writeFile(csv, `a,b\n1,2\n${name},3\n`)
  await writeFile(json, `{"a": 1}\n{"a": ${name}}\n`)
  const db = await testEngine(t, { allowedPaths: [csv, json] })
  await db.run(`create table people as select 'Wil' || 'helmina' as first_name, 4711 as secret`)
  const read = `select * from read_csv(${quoteConstant(csv)}, columns = {'a': 'integer', 'b': 'integer'}, header = true)`
  const cases = [
    [
      'select first_name::integer from people',
      'DuckDB: Conversion error: Could not convert string (column first_name)',
    ],
    ['select first_name::date from people', 'DuckDB: Conversion error: invalid date field format (column first_name)'],
    ['select secret::tinyint from people', 'DuckDB: Conversion error: Type INT32 with value (column secret)'],
    ['select error(first_name) from people', 'DuckDB: Invalid Input error'],
    [read, 'DuckDB: Conversion error: CSV Error on Line (column a, line 3)'],
    [`select * from read_json(${quoteConstant(json)})`, 'DuckDB: Invalid Input error: Malformed JSON (record 2)'],
    ['selec 1', 'DuckDB: Parser error: syntax error at or near "selec"'],
    ['select nothing from people', 'DuckDB: Binder error: Referenced column "nothing" not found in FROM clause!'],
  ] as const
  for (const [sql, message] of cases) {
    for (const work of [() => db.run(sql), () => db.rows(sql), () => count(db, sql)]) {
      const error = await t.throwsAsync(work, { instanceOf: DuckDbError })
      t.is(error.message, message)
      t.notRegex(inspect(error, { showHidden: true, depth: 9 }), /Wilhelmina|4711/)
    }
  }
})

test('an error repeats only quoted names that occur in the statement', t => {
  const original = `Binder Error: table "people" has no column "${name}"\nCandidate bindings: "${name}"`
  t.is(
    new DuckDbError(original, 'select people.* from people').message,
    'DuckDB: Binder error: table "people" has no column "..."',
  )
})
