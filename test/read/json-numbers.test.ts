import { gzipSync } from 'node:zlib'
import test from 'ava'
import fc from 'fast-check'
import { json, list, object, scalar } from '../../pipelines/source/inputs.ts'
import { type ReadResult, testReader } from './read-files.ts'

const events = json({
  files: ['*'],
  record: object({ id: scalar, visits: list(object({ no: scalar }, ['room'])) }, ['sent_by']),
})

const ids = ({ rows }: ReadResult): unknown => rows.map(row => [row['record_no'], row['id']])

test('no digit of a number is lost', async t => {
  const { read } = await testReader(t)
  const kept = [
    '9007199254740993',
    '12345678901234567890',
    '-98765432109876543210987',
    '0.12345678901234567890',
    '-1.2345678901234567e-5',
    '1e400',
    '123456789012345.6',
    '1234567.125',
    ...['1.50', '36.50', '1.0', '1.00', '0.0', '-0', '-0.0', '0', '1e5', '1E5', '1e+16', '1e16', '5e-324', '1e-400'],
    ...['0.00001', '0.0001', '-0.00012', '0.00001234', '100.0', '100000000000000.0', '-1.10', '0.10', '1e-05', '1e+02'],
  ]
  for (const number of kept) {
    for (const how of ['direct', 'normalised'] as const) {
      const content = `[{"id":${number},"visits":[{"no":${number}},{"no":"${number}"}]}\n]`
      const { rows } = await read(events, [content], how)
      t.deepEqual(rows, [{ file_no: 1, record_no: 1, id: number, visits: `[{"no":"${number}"},{"no":"${number}"}]` }])
    }
  }
})

test('law: a number is the text that was delivered, wherever it stands and whichever way reads it', async t => {
  const { read } = await testReader(t)
  const digits = fc.stringMatching(/^[0-9]{1,24}$/)
  const whole = fc.oneof(
    fc.constantFrom('0', '1', '36'),
    digits.map(text => text.replace(/^0+(?=.)/, '')),
  )
  const number = fc
    .tuple(
      fc.constantFrom('', '-'),
      whole,
      fc.option(digits),
      fc.option(fc.tuple(fc.constantFrom('e', 'E-', 'e+'), fc.nat(330)), { freq: 4 }),
    )
    .map(
      ([sign, before, decimals, power]) =>
        sign + before + (decimals === null ? '' : `.${decimals}`) + (power === null ? '' : power.join('')),
    )
  const doubles = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)
  const text = fc.oneof(fc.constantFrom('1.50', ' 1.50, 2.50 ', '":1.50,"', '\\', '[1.0]', '\n-0'), fc.string())
  const value = fc.oneof(
    { weight: 3, arbitrary: fc.oneof(number, doubles) },
    { weight: 1, arbitrary: text.map(one => JSON.stringify(one)) },
  )
  const spaces = fc.constantFrom('', ' ', '\r\n', '\t')
  const record = fc.tuple(value, fc.array(value, { maxLength: 3 }), spaces).map(([id, numbers, gap]) => ({
    id,
    numbers,
    text: `{"id":${gap}${id}${gap},"visits":[${numbers.map(no => `{"no":${no}${gap}}`).join(',')}]}`,
  }))
  const said = (token: string): string => (token.startsWith('"') ? (JSON.parse(token) as string) : token)
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      fc.boolean(),
      async (records, isArray, packs) => {
        const texts = records.map(one => (isArray ? one.text : one.text.replaceAll(/[\r\n]/g, '')))
        const content = isArray ? `[${texts.join(',')}]` : texts.join('\n')
        const bytes = packs ? gzipSync(content) : content
        for (const how of ['direct', 'normalised'] as const) {
          const related = await read(events, [bytes], how)
          t.deepEqual(related.rejected, [])
          t.deepEqual(
            related.rows.map(row => [
              row['id'],
              (JSON.parse(String(row['visits'])) as { no: string }[]).map(({ no }) => no),
            ]),
            records.map(({ id, numbers }) => [said(id), numbers.map(said)]),
          )
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('quotes around numbers make no record of what is none, and a rejected record stays as it was delivered', async t => {
  const { read } = await testReader(t)
  const broken = [
    '{"id":1.50.2}',
    '{1.50:1}',
    '{"id" 1.50}',
    '{"id":01.50}',
    '{"id":1.50"x"}',
    '{"id":"1.50}',
    '{"id":1.}',
    '{"id":-}',
    '{"id":1.50e}',
  ]
  for (const record of broken) {
    const related = await read(events, [`{"id":1.50}\n${record}\n{"id":"last"}`])
    t.deepEqual(
      ids(related),
      [
        [1, '1.50'],
        [3, 'last'],
      ],
      record,
    )
    t.like(related.rejected, [{ recordNo: 2, rule: 'json', row: JSON.stringify({ text: record }) }], record)
  }
  const misshapen = '{"id":{"a":1.50},"visits":[{"no":1.10}]}'
  const { rejected } = await read(events, [`{"id":1.50}\n${misshapen}`])
  t.like(rejected, [{ recordNo: 2, rule: 'shape', row: misshapen }])
})

test('numbers are told from texts across the chunks of a file', async t => {
  const { read } = await testReader(t)
  for (const length of [-3, -2, -1, 0, 1, 2, 3]) {
    const records = [
      `{"id":"${'x'.repeat((1 << 20) - 30 + length)}"}`,
      '{"id":-12.50,"visits":[{"no":"a\\"1.50"}]}',
      '{"id":0.10}',
    ]
    const { rows } = await read(events, [records.join('\n')])
    t.deepEqual(
      rows.slice(1).map(row => [row['id'], row['visits']]),
      [
        ['-12.50', '[{"no":"a\\"1.50"}]'],
        ['0.10', null],
      ],
    )
  }
})
