import { gzipSync } from 'node:zlib'
import test from 'ava'
import { RefusedError } from '../../pipelines/platform/errors.ts'
import { csv, json, scalar } from '../../pipelines/source/inputs.ts'
import { testReader } from './read-files.ts'

const table = csv({ files: ['*'], columns: ['id', 'note'] })
const events = json({ files: ['*'], record: { id: scalar } })
/** Of characters below U+10000, each the two bytes of UTF-16 and two zeros. */
function utf32(text: string): Buffer {
  const narrow = Buffer.from(text, 'utf16le')
  const bytes = Buffer.alloc(narrow.length * 2)
  for (let at = 0; at < narrow.length; at += 2) narrow.copy(bytes, at * 2, at, at + 2)
  return bytes
}
const wide = (text: string): Buffer => Buffer.from(text, 'utf16le')

const cases: readonly (readonly [string, typeof table | typeof events, string | Buffer, RegExp])[] = [
  [
    'UTF-16 with its mark',
    table,
    Buffer.concat([Buffer.from([0xff, 0xfe]), wide('id,note\n1,x\n')]),
    /encoding: 'utf-16le'/,
  ],
  ['UTF-16 without', table, wide('id,note\n1,x\n'), /encoding: 'utf-16le'/],
  ['UTF-16, the other order', table, wide('id,note\n1,x\n').swap16(), /utf-16be/],
  ['JSON in UTF-16', events, wide('[{"id":1}]'), /Deliver it as UTF-8/],
  ['an open quote', table, 'id,note\n1,"Canary\n2,x\n', /seen at record 1\), but the file ends in the middle/],
  ['no header', table, '', /not even a header/],
  ['only a mark', table, '\ufeff', /not even a header/],
  ['only blank lines', table, '\n\r\n\n', /not even a header/],
  ['no line of JSON', events, '', /found none: the file is empty.*empty = 'allow'/],
  ['JSON of a mark alone', events, '\ufeff', /found none: the file is empty/],
  ['JSON of blank lines', events, '\n\r\n\n', /found none: the file is empty/],
  ['a gzip of nothing', table, gzipSync(''), /not even a header/],
  ['a gzip of nothing, as JSON', events, gzipSync(''), /found none: the file is empty/],
  ['lines that end in CR', table, 'id,note\r1,x\r2,y\r', /CR alone/],
  ['cut off in a list', events, '[{"id":1},{"id":"Canary', /seen at record 2\), but the file ends in the middle/],
  [
    'cut off in a line',
    events,
    '{"id":1}\n{"id":2}\n{"id":"Canary',
    /seen at record 3\), but the file ends in the middle/,
  ],
  ['nested', events, '['.repeat(300_000), /nested more than 64 deep/],
  ['nested in a line', events, `{"id":1}\n{"id":${'['.repeat(300_000)}\n`, /seen at record 2\), but values are nested/],
  ['UTF-32', table, utf32('\ufeffid,note\n1,x\n'), /byte order mark of UTF-32LE\. Deliver it as UTF-8/],
  ['UTF-32 without a mark', table, utf32('id,note\n1,x\n'), /it is UTF-16/],
  ['JSON in UTF-32', events, utf32('\ufeff[{"id":1}]').swap32(), /byte order mark of UTF-32BE\. Deliver it as UTF-8/],
  ['a gzip cut off', table, gzipSync('id,note\n1,x\n').subarray(0, -9), /whole gzip file/],
  ['a gzip cut off within', events, gzipSync(Buffer.alloc(1 << 20, '{"id":1}\n')).subarray(0, 1000), /whole gzip file/],
]

for (const [name, input, content, words] of cases) {
  test(`refused, and says what to do: ${name}`, async t => {
    const { read } = await testReader(t)
    for (const how of ['direct', 'normalised'] as const) {
      const error = await t.throwsAsync(read(input, [content], how), { instanceOf: RefusedError })
      t.regex(error.message, words)
      t.regex(error.message, /Deliver|deliver/)
      t.notRegex(error.message, /Canary/)
    }
  })
}

test('a gzip that unpacks 1000-fold is refused before it has filled anything', async t => {
  const { read } = await testReader(t)
  const lines = Buffer.from('1,x\n'.repeat(1 << 18))
  const bomb = gzipSync(Buffer.concat([Buffer.from('id,note\n'), ...Array.from({ length: 128 }, () => lines)]))
  await t.throwsAsync(read(table, [bomb]), { instanceOf: RefusedError, message: /at most 200 times its size/ })
})

test('an input says how long a record may be and how far a gzip may unpack', async t => {
  const { read } = await testReader(t)
  const long = `id,note\n1,${'x'.repeat(9 << 20)}\n`
  const [small, big] = [/longer than 8 MiB.*maxRecordMiB/, /longer than 0\.5 MiB.*maxRecordMiB/]
  await t.throwsAsync(read(table, [long]), { instanceOf: RefusedError, message: small })
  t.is((await read({ ...table, maxRecordMiB: 10 }, [long])).rows.length, 1)
  const records = await testReader(t)
  const record = JSON.stringify({ id: 'x'.repeat(1 << 20) })
  const limited = { ...events, maxRecordMiB: 0.5 }
  for (const how of ['direct', 'normalised'] as const) {
    await t.throwsAsync(records.read(limited, [record], how), { instanceOf: RefusedError, message: big })
  }
  t.is((await records.read(events, [record])).rows.length, 1)

  const note = `1,${'x'.repeat(1 << 20)}\n`
  const packed = gzipSync(`id,note\n${note.repeat(66)}`)
  await t.throwsAsync(read(table, [packed]), { instanceOf: RefusedError, message: /maxUnpackRatio/ })
  t.is((await read({ ...table, maxUnpackRatio: 2000 }, [packed])).rows.length, 66)
})

test('a gzip that unpacks far is taken where it stays small', async t => {
  const { read } = await testReader(t)
  const { rows } = await read(table, [gzipSync(`id,note\n1,${'x'.repeat(1 << 20)}\n`)])
  t.is(rows.length, 1)
})
