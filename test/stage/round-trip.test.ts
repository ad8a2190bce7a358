import test from 'ava'
import fc from 'fast-check'
import { createCopyEncoder } from '../../pipelines/stage/copy/binary.ts'
import type { DuckDB } from '../../pipelines/platform/duckdb.ts'
import { copyIn } from '../../pipelines/stage/copy/copy-in.ts'
import { connect, type Session } from '../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../pipelines/platform/sql.ts'
import { testDatabase } from '../helpers/database.ts'
import { testEngine } from '../helpers/engine.ts'
import { tripTypes, type TripType } from './types.ts'

interface Row {
  readonly cells: readonly (string | null)[]
  readonly verdict: number
}

const rowOf = fc.record<Row>({
  cells: fc.tuple(...tripTypes.map(type => fc.option(type.values, { freq: 6 }))),
  verdict: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.constantFrom(1, 65_535)),
})

const runOf = fc.record({
  rows: fc.array(rowOf, { minLength: 1, maxLength: 30 }),
  /** With 30 rows these are up to three chunks. */
  copies: fc.constantFrom(1, 1, 1, 150),
  /** Batches are cut here, so that slices are encoded too. */
  cut: fc.integer({ min: 0, max: 40 }),
  filtered: fc.boolean(),
})

test('every value of every type arrives as it was', async t => {
  const database = await testDatabase(t, 'empty')
  const db = await testEngine(t)
  const session = await connect({ url: database.url, applicationName: 'caseload test' })
  t.teardown(() => session.end())
  await fc.assert(
    fc.asyncProperty(runOf, async ({ rows, copies, cut, filtered }) => {
      const short = copies === 1 ? rows : rows.map(shorten)
      await fillEngine(db, short)
      await copyAcross(db, session, copies, cut, filtered)
      const expected = short.filter(row => !filtered || row.verdict === 0)
      await compare(session, expected, copies)
    }),
    { numRuns: 150, includeErrorInReport: true },
  )
  t.pass()
})

/** A long text 150 times over would only make the test slow. */
function shorten(row: Row): Row {
  return { ...row, cells: row.cells.map(cell => (cell !== null && cell.length > 1000 ? cell.slice(0, 30) : cell)) }
}

async function fillEngine(db: DuckDB, rows: readonly Row[]): Promise<void> {
  const columns = tripTypes.map(type => `${quoteIdent(type.name)} ${type.duckdb}`)
  await db.run(`create or replace table trip (no integer, verdict usmallint, ${columns.join(', ')})`)
  const values = rows.map((row, no) => {
    const cells = row.cells.map((cell, index) => (cell === null ? 'null' : typeAt(index).literal(cell)))
    return `(${no}, ${row.verdict}, ${cells.join(', ')})`
  })
  await db.run(`insert into trip values ${values.join(',\n')}`)
}

async function copyAcross(db: DuckDB, session: Session, copies: number, cut: number, filtered: boolean): Promise<void> {
  const columns = tripTypes.map(type => `${quoteIdent(type.name)} ${type.postgres}`)
  await session.query('create schema if not exists trip; set search_path = trip; drop table if exists trip')
  await session.query(`create table trip (no integer, ${columns.join(', ')})`)
  const sql = `select t.* from trip as t, range(${copies}) as r(i) order by r.i, t.no`
  await copyIn(session, 'copy trip from stdin (format binary)', payload(db, sql, cut, filtered))
}

async function* payload(db: DuckDB, sql: string, cut: number, filtered: boolean): AsyncGenerator<Uint8Array> {
  let encoder
  for await (const batch of db.stream(sql)) {
    if (encoder === undefined) {
      encoder = createCopyEncoder(batch.schema, {
        columns: ['no', ...tripTypes.map(type => type.name)],
        ...(filtered ? { verdict: 'verdict' } : {}),
      })
      yield encoder.header()
    }
    const middle = Math.min(cut, batch.numRows)
    for (const part of [batch.slice(0, middle), batch.slice(middle)]) yield encoder.encode(part).payload
  }
  if (encoder !== undefined) yield encoder.trailer()
}

async function compare(session: Session, expected: readonly Row[], copies: number): Promise<void> {
  const reads = tripTypes.map(type => `${type.read(quoteIdent(type.name))} as ${quoteIdent(type.name)}`)
  const found = await session.query<Record<string, string | null>>(`select ${reads.join(', ')} from trip order by no`)
  if (found.rows.length !== expected.length * copies) {
    throw new Error(`${found.rows.length} rows instead of ${expected.length * copies}`)
  }
  found.rows.forEach((row, index) => {
    const cells = expected[Math.floor(index / copies)]?.cells ?? []
    cells.forEach((cell, column) => {
      const type = typeAt(column)
      const got = row[type.name] ?? null
      const isSame = cell === null || got === null ? cell === got : type.same(cell, got)
      if (!isSame) throw new Error(`${type.name}: ${String(got)} instead of ${String(cell)}`)
    })
  })
}

function typeAt(index: number): TripType {
  const type = tripTypes[index]
  if (type === undefined) throw new Error('more cells than types')
  return type
}
