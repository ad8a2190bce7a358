import { gzipSync } from 'node:zlib'
import test from 'ava'
import { DuckDbError } from '../../pipelines/platform/duckdb-error.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { csv } from '../../pipelines/source/inputs.ts'
import { testReader } from './read-files.ts'

const visits = csv({ files: ['*'], columns: ['id', 'note'], optional: ['ward'], ignored: ['room'] })

test('bytes that are not UTF-8 are rejected as bytes', async t => {
  const { read } = await testReader(t)
  const content = Buffer.from('id,note\n1,\xe9t\xe9\n2,b\n\xe9\n', 'latin1')
  await t.throwsAsync(read(visits, [content]), { instanceOf: DuckDbError })
  const { rows, rejected } = await read(visits, [content], 'normalised')
  t.deepEqual(
    rows.map(row => [row['record_no'], row['note']]),
    [[2, 'b']],
  )
  const base64 = (text: string): string => JSON.stringify({ base64: Buffer.from(text, 'latin1').toString('base64') })
  t.like(
    rejected.find(({ recordNo }) => recordNo === 1),
    { rule: 'encoding', row: base64('1,\xe9t\xe9') },
  )
  t.like(
    rejected.find(({ recordNo }) => recordNo === 3),
    { rule: 'columns', row: base64('\xe9') },
  )
})

test('a declared encoding is decoded, header and all', async t => {
  const { read } = await testReader(t)
  const text = 'id,größe\r\n1,"5 µg, €"\r\n2,Zoë\r\n'
  const input = (encoding: string): ReturnType<typeof csv> => csv({ files: ['*'], columns: ['id', 'größe'], encoding })
  const windows = Buffer.from(text.replace('€', '\x80'), 'latin1')
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])
  const forms = [
    ['windows-1252', windows],
    ['utf-16le', utf16],
    ['utf-16be', Buffer.from(utf16).swap16()],
    ['utf-8', Buffer.from(`\ufeff${text}`)],
    ['utf-16le', gzipSync(utf16)],
  ] as const
  for (const [encoding, content] of forms) {
    const { rows, rejected } = await read(input(encoding), [content])
    t.deepEqual(
      rows.map(row => [row['record_no'], row['größe']]),
      [
        [1, '5 µg, €'],
        [2, 'Zoë'],
      ],
      encoding,
    )
    t.deepEqual(rejected, [])
  }
  await t.throwsAsync(read(input('utf-9'), [text]), { instanceOf: UsageError, message: /utf-9/ })
})

test('records that are not of the declared encoding are rejected, the others kept', async t => {
  const { read } = await testReader(t)
  const greek = csv({ files: ['*'], columns: ['id', 'note'], encoding: 'iso-8859-7' })
  const bytes = Buffer.from('id,note\n1,\xc1\n2,\xff\n3,\xc2\n', 'latin1')
  const byBytes = await read(greek, [bytes])
  t.deepEqual(
    byBytes.rows.map(row => [row['record_no'], row['note']]),
    [
      [1, 'Α'],
      [3, 'Β'],
    ],
  )
  t.like(byBytes.rejected, [{ recordNo: 2, rule: 'encoding', row: '{"base64":"Miz/"}' }])
  const wide = csv({ files: ['*'], columns: ['id', 'note'], encoding: 'utf-16le' })
  const asWhole = await read(wide, [Buffer.from('id,note\n1,x\n2,\ud800\n3,😀\n', 'utf16le')])
  t.deepEqual(
    asWhole.rows.map(row => [row['record_no'], row['note']]),
    [
      [1, 'x'],
      [3, '😀'],
    ],
  )
  t.like(asWhole.rejected, [{ recordNo: 2, rule: 'encoding' }])
})
