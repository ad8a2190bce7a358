import { statSync } from 'node:fs'
import test from 'ava'
import { DuckDbError } from '../../pipelines/platform/duckdb-error.ts'
import { MissingInputError, RefusedError } from '../../pipelines/platform/errors.ts'
import { csv } from '../../pipelines/source/inputs.ts'
import { testReader } from './read-files.ts'

const visits = csv({ files: ['*'], columns: ['id', 'note'], optional: ['ward'], ignored: ['room'] })

test('columns are found by name; what is optional may be missing, what is ignored is not read', async t => {
  const { read } = await testReader(t)
  for (const how of ['direct', 'normalised'] as const) {
    const { rows } = await read(visits, ['note,room,id\nx,7,1\n', 'id,ward,note\n2,W,"a ""b"", c"\n'], how)
    t.deepEqual(rows, [
      { file_no: 1, record_no: 1, id: '1', note: 'x', ward: null },
      { file_no: 2, record_no: 1, id: '2', note: 'a "b", c', ward: 'W' },
    ])
  }
})

test('a wrong header is refused, and every name that is missing or unknown is told', async t => {
  const { read } = await testReader(t)
  const refuses = async (content: string, words: RegExp): Promise<void> => {
    const error = await t.throwsAsync(read(visits, [content]), { instanceOf: RefusedError })
    t.regex(error.message, words)
    t.notRegex(error.message, /Canary/)
  }
  await refuses('id,text,unit\n1,x,y\n', /lacks note and has what the source does not declare: text, unit\./)
  await refuses('id,note,id\n1,x,y\n', /has id twice/)
  await refuses('ID,note\n1,x\n', /lacks id and has what .* declare: ID\..* headers: 'loose'/)
  await refuses(`id,note${',bed'.repeat(10_000)}\n`, /declare: bed, bed, .* and 9950 more\./)
  await refuses('"id"x,note\n1,x\n', /lacks id/)
})

test('a name of a header that may be a value is told by its place and length', async t => {
  const { read } = await testReader(t)
  const refuses = async (content: string, words: RegExp): Promise<void> => {
    const error = await t.throwsAsync(read(visits, [content]), { instanceOf: RefusedError })
    t.regex(error.message, words)
    t.notRegex(error.message, /Canary/)
  }
  await refuses(
    'id,note,Canary 1980-01-31,bed\n1,x,y,z\n',
    /declare: a name of 17 characters in column 3 that looks like a value, bed\./,
  )
  await refuses(
    `id,note,${'Canary '.repeat(10)}\n1,x,y\n`,
    /a name of 70 characters in column 3 that looks like a value/,
  )
  await refuses(`id,note${',Canary 123'.repeat(10_000)}\n`, /column 3 .* and 9950 more\./)
  // None of its names is declared: it is a record, and the file has no header.
  await refuses(
    'Canary,Robin Canary\n1,x\n',
    /declare: a name of 6 characters in column 1 that may be a value, a name of 12/,
  )
})

test('an input warns of unknown columns or ignores them', async t => {
  const { read } = await testReader(t)
  const contents = ['id,note,bed\n1,x,y\n', 'unit,id,bed,note,\n7,2,b,z,\n']
  for (const how of ['direct', 'normalised'] as const) {
    const warns = await read({ ...visits, unknown: 'warn' }, contents, how)
    t.deepEqual(
      warns.rows.map(({ id, note }) => [id, note]),
      [
        ['1', 'x'],
        ['2', 'z'],
      ],
    )
    t.deepEqual(warns.unknown, ['bed', 'unit'])
    const ignores = await read({ ...visits, unknown: 'ignore' }, contents, how)
    t.deepEqual(ignores.rows, warns.rows)
    t.deepEqual(ignores.unknown, [])
  }
})

test('records with too few or too many columns break a direct reading, and are rejected from a normalised copy', async t => {
  const { read } = await testReader(t)
  const content = 'id,note\n1,a\n2\n3,b,c\n4,d\n5,e,,""\n\\.\n'
  await t.throwsAsync(read(visits, [content]), { instanceOf: DuckDbError })
  const { rows, rejected } = await read(visits, [content], 'normalised')
  t.deepEqual(
    rows.map(row => [row['record_no'], row['id'], row['note']]),
    [
      [1, '1', 'a'],
      [4, '4', 'd'],
      [5, '5', 'e'],
    ],
  )
  t.deepEqual(rejected, [
    { fileNo: 1, recordNo: 2, rule: 'columns', reason: 'expected 2 columns, found 1', row: '{"fields":["2"]}' },
    { fileNo: 1, recordNo: 3, rule: 'columns', reason: 'expected 2 columns, found 3', row: '{"fields":["3","b","c"]}' },
    { fileNo: 1, recordNo: 6, rule: 'columns', reason: 'expected 2 columns, found 1', row: '{"fields":["\\\\."]}' },
  ])
})

test('a quote inside a plain value is a character; text behind a closing quote is rejected', async t => {
  const { read } = await testReader(t)
  const content = 'id,note\n1,5" tube\n2,"x"y\n3, "z"\n4,"a\n""b"""\n'
  for (const how of ['direct', 'normalised'] as const) {
    const { rows, rejected } = await read(visits, [content], how)
    t.deepEqual(
      rows.map(({ id, note }) => [id, note]),
      [
        ['1', '5" tube'],
        ['3', ' "z"'],
        ['4', 'a\n"b"'],
      ],
    )
    t.like(rejected, [{ recordNo: 2, rule: 'quote', row: '{"text":"2,\\"x\\"y"}' }])
    t.is(rejected.length, 1)
  }
})

test('a quote behind a blank is a character, though DuckDB would take it for one that opens', async t => {
  const { read } = await testReader(t)
  for (const how of ['direct', 'normalised'] as const) {
    const { rows } = await read(visits, ['id,note\n3, "z"\n'], how)
    t.is(rows[0]?.['note'], ' "z"')
  }
})

const trailed = csv({ files: ['*'], columns: ['id', 'note'], trailer: { mark: 'END', count: 3 } })

test('a trailer is no record, and must count what the file has, rejected records too', async t => {
  const { read } = await testReader(t)
  const { scanned, rows, rejected } = await read(trailed, ['id,note\n1,a\n2\nEND,x,2', 'id,note\nEND,,0\n'])
  t.deepEqual(
    scanned.map(({ records }) => records),
    [2, 0],
  )
  t.deepEqual(
    rows.map(row => [row['file_no'], row['record_no'], row['id']]),
    [[1, 1, '1']],
  )
  t.like(rejected, [{ recordNo: 2, rule: 'columns' }])
  t.is(rejected.length, 1)
  for (const content of ['id,note\n', 'id,note\n1,a\n', 'id,note\n1,a\nEND,x,2\n', 'id,note\n1,a\nEND,x\n']) {
    await t.throwsAsync(read(trailed, [content]), { instanceOf: MissingInputError, message: /trailer/ })
  }
})

test('no files, or files without records, give a relation with all its columns', async t => {
  const { read } = await testReader(t)
  for (const how of ['direct', 'normalised'] as const) {
    for (const contents of [[], ['id,note\n'], ['\ufeffid,note'], ['id,note\r\n', 'note,id']]) {
      t.deepEqual((await read(visits, contents, how)).rows, [])
    }
  }
  const { rows } = await read(visits, ['id,note\n', 'id,note\n1,x\n'])
  t.deepEqual(rows, [{ file_no: 2, record_no: 1, id: '1', note: 'x', ward: null }])
})

test('a normalised copy can be read by this user only', async t => {
  const { read, copies } = await testReader(t)
  await read(visits, ['id,note\n1,x\n'], 'normalised')
  t.true(copies().length > 0)
  for (const path of copies()) t.is(statSync(path).mode & 0o777, 0o600)
})

test('long records: just under the limit loads, first, middle or last', async t => {
  const { read } = await testReader(t)
  const long = `1,${'x'.repeat(8 * 1024 * 1024 - 2)}`
  for (const lines of [
    [long, '2,b', '3,c'],
    ['2,b', long, '3,c'],
    ['2,b', '3,c', long],
  ]) {
    for (const how of ['direct', 'normalised'] as const) {
      const { rows, rejected } = await read(visits, [`id,note\n${lines.join('\n')}\n`], how)
      t.is(rows.length, 3)
      t.is(String(rows.find(({ id }) => id === '1')?.['note']).length, 8 * 1024 * 1024 - 2)
      t.deepEqual(rejected, [])
    }
    const over = lines.map(line => (line === long ? `${line}x` : line)).join('\n')
    await t.throwsAsync(read(visits, [`id,note\n${over}\n`]), { instanceOf: RefusedError, message: /longer than/ })
  }
})

test('more records than one batch keep their numbers', async t => {
  const { read } = await testReader(t)
  const lines = Array.from(
    { length: 20_000 },
    (_, index) => `${index + 1},${'n'.repeat(index % 90)}${index % 5000 === 4999 ? ',y' : ''}`,
  )
  const { rows, rejected } = await read(visits, [`id,note\n${lines.join('\n')}\n`], 'normalised')
  t.deepEqual(
    rejected.map(({ recordNo }) => recordNo),
    [5000, 10_000, 15_000, 20_000],
  )
  t.is(rows.length, 19_996)
  t.true(rows.every(row => String(row['record_no']) === row['id']))
})
