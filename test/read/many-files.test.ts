import { gzipSync } from 'node:zlib'
import test from 'ava'
import type { DuckDB } from '../../pipelines/platform/duckdb.ts'
import { BatchRelations } from '../../pipelines/read/relations.ts'
import { csv, json, scalar } from '../../pipelines/source/inputs.ts'
import { csvRelationSql, directSelects } from '../../pipelines/read/csv-relation.ts'
import { jsonRelationSql } from '../../pipelines/read/json-relation.ts'
import type { ScannedFile } from '../../pipelines/read/scan-file.ts'
import { testEngine } from '../helpers/engine.ts'
import { testReader } from './read-files.ts'

const table = csv({ files: ['*'], columns: ['id', 'note'], optional: ['ward'] })
const events = json({ files: ['*'], record: { id: scalar, note: scalar } })
const count = 600

/** Records that a file has: of some none, of some many. */
const records = (file: number): number => (file % 7 === 0 ? 0 : file % 5)
const idOf = (file: number, record: number): string => `${file}.${record}`
const recordsOf = (file: number): readonly string[] =>
  Array.from({ length: records(file) }, (_, index) => idOf(file, index + 1))

/** Headers, packing and line ends change from file to file. */
function csvFile(file: number): Buffer {
  const end = file % 4 === 0 ? '\r\n' : '\n'
  const [header, line] =
    file % 3 === 0
      ? ['note,id', (id: string) => `n,${id}`]
      : file % 3 === 1
        ? ['id,ward,note', (id: string) => `${id},w,n`]
        : ['id,note', (id: string) => `${id},n`]
  const content = Buffer.from([header, ...recordsOf(file).map(line), ''].join(end))
  return file % 11 === 0 ? gzipSync(content) : content
}

function jsonFile(file: number): Buffer {
  const values = recordsOf(file).map(id => JSON.stringify({ id, note: 'n' }))
  const isLines = file % 2 === 0 && values.length > 0
  const content = Buffer.from(isLines ? values.join('\n') : `[${values.join(',')}]`)
  return file % 11 === 0 ? gzipSync(content) : content
}

const all = Array.from({ length: count }, (_, index) => index + 1)
const expected = all.flatMap(file => recordsOf(file).map((id, index) => [file, index + 1, id, 'n']))

for (const [format, input, content] of [['csv', table, csvFile] as const, ['json', events, jsonFile] as const]) {
  test(`every record of ${count} files keeps its file and its number: ${format}`, async t => {
    const { read } = await testReader(t, '300MB', count)
    for (const how of ['direct', 'normalised'] as const) {
      const { rows } = await read(input, all.map(content), how)
      t.deepEqual(
        rows.map(({ file_no: file, record_no: record, id, note }) => [file, record, id, note]),
        expected,
      )
    }
  })
}

test('the relation of thousands of files reads hundreds at once', t => {
  const file = (fileNo: number): ScannedFile =>
    ({ path: `/landing/file_${fileNo}.csv`, gzip: false, records: 1, longestRecord: 10 }) as ScannedFile
  const files = Array.from({ length: 3000 }, (_, index) => file(index + 1))
  const header = { width: 2, places: [0, 1, undefined], nameless: [], unknown: [] }
  const direct = files.map((one, index) => ({ file: one, fileNo: index + 1, records: 1, header }))
  const relation = csvRelationSql('input', table, directSelects(table, direct))
  t.is(relation.match(/read_csv\(/g)?.length, 12)
  // A path of 24 bytes, and two numbers.
  t.true(relation.length < 3000 * 60, String(relation.length))
  const sources = files.map((one, index) => ({ ...one, fileNo: index + 1, layout: 'lines' as const }))
  t.is(jsonRelationSql('input', events, sources, 'delivered').match(/read_json_objects\(/g)?.length, 12)
})

test('one statement counts the records of all files', async t => {
  const { read, folder } = await testReader(t, '300MB', 100)
  const { scanned } = await read(table, all.slice(0, 100).map(csvFile), 'normalised')
  const duckdb = await testEngine(t, { allowedPaths: scanned.map(({ path }) => path), tempDirectory: folder })
  const asked: string[] = []
  const counting: DuckDB = {
    run: sql => duckdb.run(sql),
    stream: sql => duckdb.stream(sql),
    close: () => undefined,
    rows: sql => {
      asked.push(sql)
      return duckdb.rows(sql)
    },
  }
  const relations = new BatchRelations(
    { duckdb: counting, workFolder: folder, masks: false },
    { input: table },
    scanned,
  )
  await relations.create('normalised', { write: () => Promise.resolve() })
  const files = await relations.balance('normalised')
  t.deepEqual(
    files.map(file => file.records),
    all.slice(0, 100).map(records),
  )
  t.is(asked.length, 1)
})
