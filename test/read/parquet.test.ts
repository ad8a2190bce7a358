import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { openDuckDB } from '../../pipelines/platform/duckdb.ts'
import { RefusedError } from '../../pipelines/platform/errors.ts'
import { csv } from '../../pipelines/source/inputs.ts'
import { quoteConstant } from '../../pipelines/platform/sql.ts'
import { type ReadResult, testReader } from './read-files.ts'

const readings = csv({ files: ['*.csv'], columns: ['id', 'at', 'value'], optional: ['note'], ignored: ['extra'] })

/** The bytes of a Parquet file that holds what a SELECT gives. */
async function parquet(t: ExecutionContext, select: string, options = ''): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'caseload-parquet-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const duckdb = await openDuckDB({ memoryLimit: '300MB', threads: 1, tempDirectory: folder, allowedPaths: [] })
  try {
    const path = join(folder, 'made.parquet')
    await duckdb.run(`copy (${select}) to ${quoteConstant(path)} (format parquet${options})`)
    return await readFile(path)
  } finally {
    duckdb.close()
  }
}

const values = ({ rows }: ReadResult): unknown => rows.map(({ id, at, value, note }) => [id, at, value, note])

test('a Parquet file gives the rows that a CSV file of the same columns gives, by name', async t => {
  const { read } = await testReader(t)
  const text = 'id,at,value,note,extra\nA,2023-05-01T08:00:00Z,71.5,,x\nB,2023-05-01T09:00:00Z,,"a ""b""",y\n'
  const select = `select * from (values
    (1, 'y', '', 'A', '2023-05-01T08:00:00Z', '71.5'),
    (2, 'y', 'a "b"', 'B', '2023-05-01T09:00:00Z', null)) as v (n, extra, note, id, "at", value)`
  const file = await parquet(t, `select extra, note, value, "at", id from (${select}) order by n`)
  for (const how of ['direct', 'normalised'] as const) {
    const fromCsv = await read(readings, [text], how)
    const fromParquet = await read(readings, [file], how)
    t.deepEqual(fromParquet.rows, fromCsv.rows)
    t.deepEqual(
      fromParquet.scanned.map(({ records }) => records),
      [2],
    )
  }
})

test('values of any single type are the text that a CSV file would hold', async t => {
  const { read } = await testReader(t)
  const of = async (id: string, at: string, value: string): Promise<unknown> =>
    values(await read(readings, [await parquet(t, `select ${id} as id, ${at} as at, ${value} as value`)]))
  t.deepEqual(await of('7::bigint', `timestamptz '2023-05-01 10:00:00+02:00'`, '71.50::decimal(9, 2)'), [
    ['7', '2023-05-01T08:00:00Z', '71.50', null],
  ])
  t.deepEqual(await of('true', `timestamp '2023-05-01 08:00:00.25'`, '195662009::double'), [
    ['true', '2023-05-01T08:00:00.25', '195662009', null],
  ])
  t.deepEqual(await of(`'x'::blob`, `date '2023-05-01'`, '0.1::float'), [['x', '2023-05-01', '0.1', null]])
  t.deepEqual(await of('null::integer', `timestamp_ns '2023-05-01 08:00:00'`, `'nan'::double`), [
    [null, '2023-05-01T08:00:00', 'nan', null],
  ])
})

test('every record of many row groups has its number, beside those of other files', async t => {
  const { read } = await testReader(t)
  const many = await parquet(
    t,
    `select range::varchar as id, 'x' as at, '1' as value from range(10000)`,
    ', row_group_size 2048, compression zstd',
  )
  const { rows, scanned } = await read(readings, [many, 'id,at,value\nlast,x,1\n'])
  t.deepEqual(
    scanned.map(({ records }) => records),
    [10_000, 1],
  )
  t.true(rows.slice(0, -1).every(row => row['file_no'] === 1 && Number(row['record_no']) === Number(row['id']) + 1))
  t.like(rows.at(-1), { file_no: 2, record_no: 1, id: 'last' })
})

test('a column that is not declared, lacks, or holds lists stops the batch', async t => {
  const { read } = await testReader(t)
  const stops = async (select: string, words: RegExp): Promise<void> => {
    const error = await t.throwsAsync(read(readings, [await parquet(t, select)]), { instanceOf: RefusedError })
    t.regex(error.message, words)
    t.notRegex(error.message, /Canary/)
  }
  await stops(`select 'A' as id, '1' as value`, /lacks at\./)
  await stops(`select 'A' as id, 'x' as at, '1' as value, 'Canary' as ward`, /does not declare: ward\./)
  await stops(
    `select 'A' as id, 'x' as at, '1' as value, 1 as "Canary 1980-01-31", 2 as ward`,
    /declare: a name of 17 characters in column 4 that looks like a value, ward\./,
  )
  await stops(`select 'A' as id, 'x' as at, ['Canary'] as value`, /single value in each field of value .* VARCHAR\[\]/)
})

test('a Parquet file that is cut off, damaged or none at all is refused, not read in part', async t => {
  const { read } = await testReader(t)
  const whole = await parquet(t, `select 'Canary' || range as id, 'x' as at, '1' as value from range(1000)`)
  const damaged = Buffer.from(whole)
  damaged.fill(0xff, 8, 200)
  const footless = Buffer.from(whole)
  footless.fill(0xff, whole.length - 60, whole.length - 8)
  const marks = Buffer.from('PAR1')
  for (const broken of [whole.subarray(0, whole.length / 2), footless, marks, Buffer.concat([marks, marks, marks])]) {
    const error = await t.throwsAsync(read(readings, [broken]), { instanceOf: RefusedError })
    t.notRegex(error.message, /Canary/)
  }
  const error = await t.throwsAsync(read(readings, [damaged]), { instanceOf: RefusedError })
  t.regex(error.message, /damaged/)
})
