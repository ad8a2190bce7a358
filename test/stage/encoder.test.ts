import test from 'ava'
import { Field, makeData, RecordBatch, Schema, Struct, Utf8 } from 'apache-arrow'
import { createCopyEncoder, type CopyOptions } from '../../pipelines/stage/copy/binary.ts'
import type { DuckDB } from '../../pipelines/platform/duckdb.ts'
import { copyIn } from '../../pipelines/stage/copy/copy-in.ts'
import { connect, type Session } from '../../pipelines/platform/postgres.ts'
import { errorCode } from '../../pipelines/platform/server-error.ts'
import { testDatabase } from '../helpers/database.ts'
import { testEngine } from '../helpers/engine.ts'

const everyRow: Omit<CopyOptions, 'columns'> = {}

/** Copies a SELECT's result into `copied`, which has the columns of `ddl`, and gives the number of rows. */
async function copy(db: DuckDB, session: Session, ddl: string, sql: string, options = everyRow): Promise<number> {
  await session.query(`create schema if not exists here; set search_path = here; create table copied (${ddl})`)
  return copyIn(session, 'copy copied from stdin (format binary)', payload(db, sql, options))
}

async function* payload(db: DuckDB, sql: string, options: Omit<CopyOptions, 'columns'>): AsyncGenerator<Uint8Array> {
  let encoder
  for await (const batch of db.stream(sql)) {
    if (encoder === undefined) {
      const columns = batch.schema.names.map(String).filter(name => name !== options.verdict)
      encoder = createCopyEncoder(batch.schema, { ...options, columns })
      yield encoder.header()
    }
    yield encoder.encode(batch).payload
  }
  if (encoder !== undefined) yield encoder.trailer()
}

async function first(db: DuckDB, sql: string): Promise<RecordBatch> {
  for await (const batch of db.stream(sql)) return batch
  throw new Error('a stream yields at least one batch')
}

test('constant and dictionary vectors arrive flat', async t => {
  const db = await testEngine(t)
  const session = await connect({ url: (await testDatabase(t, 'empty')).url, applicationName: 'caseload test' })
  t.teardown(() => session.end())
  await db.run(
    "create table kinds as select i % 3 as kind, 'the kind with number ' || (i % 3) as label from range(9000) as r(i)",
  )
  const sql = `
    select 'constant' as a, 'a constant of more than twelve bytes' as b, null::varchar as c, 7 as d, label as e
    from kinds where kind <> 1`
  t.is(await copy(db, session, 'a text, b text, c text, d integer, e text', sql), 6000)
  const groups = await session.query(
    'select a, b, c, d, e, count(*)::integer from copied group by a, b, c, d, e order by e',
  )
  const row = { a: 'constant', b: 'a constant of more than twelve bytes', c: null, d: 7, count: 3000 }
  t.deepEqual(groups.rows, [
    { ...row, e: 'the kind with number 0' },
    { ...row, e: 'the kind with number 2' },
  ])
})

test('only rows with verdict 0 are encoded', async t => {
  const db = await testEngine(t)
  const session = await connect({ url: (await testDatabase(t, 'empty')).url, applicationName: 'caseload test' })
  t.teardown(() => session.end())
  const sql = 'select i::integer as i, (i % 5)::utinyint as verdict from range(10000) as r(i)'
  t.is(await copy(db, session, 'i integer', sql, { verdict: 'verdict' }), 2000)
  t.deepEqual((await session.query('select count(*)::integer, sum(i)::integer from copied where i % 5 = 0')).rows, [
    { count: 2000, sum: 9_995_000 },
  ])
})

test('a batch without a row to take has an empty payload', async t => {
  const db = await testEngine(t)
  for (const sql of ['select 1 as i, 3::utinyint as verdict', 'select 1 as i, 0::utinyint as verdict where false']) {
    const batch = await first(db, sql)
    const encoder = createCopyEncoder(batch.schema, { columns: ['i'], verdict: 'verdict' })
    t.deepEqual(encoder.encode(batch), { payload: new Uint8Array(0), rows: 0 })
  }
})

test('a verdict of NULL is an error, not a silent loss', async t => {
  const batch = await first(await testEngine(t), 'select 1 as i, null::utinyint as verdict')
  const encoder = createCopyEncoder(batch.schema, { columns: ['i'], verdict: 'verdict' })
  t.throws(() => encoder.encode(batch), { message: 'the verdict column holds NULL' })
})

for (const [type, value] of [
  ['date', "date '4800-01-01 (BC)'"],
  ['date', "date '5877642-06-25 (BC)'"],
  ['date', 'make_date(-2147472692)'],
  ['date', 'make_date(-2147472691)'],
  ['timestamp', "timestamp '4800-01-01 (BC) 00:00:00'"],
  ['timestamp', "timestamp '290309-12-22 (BC) 00:00:00'"],
  ['timestamp', 'make_timestamp(-9222425352054775808)'],
] as const) {
  test(`the server refuses ${value}; it neither wraps around nor turns infinite`, async t => {
    const db = await testEngine(t)
    const session = await connect({ url: (await testDatabase(t, 'empty')).url, applicationName: 'caseload test' })
    t.teardown(() => session.end())
    const error = await t.throwsAsync(copy(db, session, `at ${type}`, `select ${value} as at`))
    t.is(errorCode(error), '22008')
  })
}

test('a missing column and a type without an encoding are named', async t => {
  const { schema } = await first(await testEngine(t), 'select 1 as i')
  t.throws(() => createCopyEncoder(schema, { columns: ['j'] }), { message: /no column j; it has i/ })
})

test('a batch that takes 1 GiB is refused before anything is written', t => {
  const fields = [Field.new('note', new Utf8(), true)]
  const claimed = makeData({
    type: new Utf8(),
    length: 1,
    valueOffsets: Int32Array.of(0, 2 ** 30),
    data: new Uint8Array(0),
  })
  const struct = makeData({ type: new Struct(fields), length: 1, nullCount: 0, children: [claimed] })
  const encoder = createCopyEncoder(new Schema(fields), { columns: ['note'] })
  t.throws(() => encoder.encode(new RecordBatch(new Schema(fields), struct)), { message: /1 GiB or more/ })
})
