import { gzipSync } from 'node:zlib'
import test from 'ava'
import fc from 'fast-check'
import { RefusedError } from '../../pipelines/platform/errors.ts'
import { json, list, object, scalar } from '../../pipelines/source/inputs.ts'
import { type ReadResult, testReader } from './read-files.ts'

const events = json({
  files: ['*'],
  record: object({ id: scalar, visits: list(object({ no: scalar }, ['room'])) }, ['sent_by']),
})

const ids = ({ rows }: ReadResult): unknown => rows.map(row => [row['record_no'], row['id']])

test('fields are text, and ignored ones may be there', async t => {
  const { read } = await testReader(t)
  const content =
    '[{"id":1,"visits":[{"no":"7","room":{"a":[1]}}],"sent_by":[null]},{"id":true},{"id":null,"visits":null}]'
  for (const how of ['direct', 'normalised'] as const) {
    t.deepEqual((await read(events, [content], how)).rows, [
      { file_no: 1, record_no: 1, id: '1', visits: '[{"no":"7"}]' },
      { file_no: 1, record_no: 2, id: 'true', visits: null },
      { file_no: 1, record_no: 3, id: null, visits: null },
    ])
  }
})

test('a record of another shape is rejected with where it departs, and the others are kept', async t => {
  const { read } = await testReader(t)
  const wrong = [
    ['{"id":{"Canary":1}}', '$.id: expected a single value, found an object'],
    ['{"visits":{"no":1}}', '$.visits: expected a list, found an object'],
    ['{"visits":[{"no":1},"Canary"]}', '$.visits[1]: expected an object, found a single value'],
    ['5', '$: expected an object, found a single value'],
    ['[{"id":1}]', '$: expected an object, found a list'],
    ['null', '$: expected an object, found null'],
    ['{"id":1,"id":2}', 'a field name occurs twice in one object'],
  ] as const
  const content = [...wrong.map(([record]) => record), '{"id":"last"}'].join('\n')
  for (const how of ['direct', 'normalised'] as const) {
    const related = await read(events, [content], how)
    t.deepEqual(ids(related), [[8, 'last']])
    t.deepEqual(
      [...related.rejected].sort((a, b) => a.recordNo - b.recordNo),
      wrong.map(([row, reason], index) => ({ fileNo: 1, recordNo: index + 1, rule: 'shape', reason, row })),
    )
  }
})

test('a field that is neither declared nor ignored stops the batch, named by its place', async t => {
  const { read } = await testReader(t)
  const stops = async (record: string, words: RegExp): Promise<void> => {
    for (const how of ['direct', 'normalised'] as const) {
      const error = await t.throwsAsync(read(events, ['{"id":0}\n' + record], how), { instanceOf: RefusedError })
      t.regex(error.message, words)
      t.notRegex(error.message, /Canary/)
    }
  }
  await stops('{"id":1,"Canary":2}', /found 1 more at \$ of record 2/)
  await stops(
    '{"visits":[{"no":1},{"Canary":"x","Canary2":1,"room":2}]}',
    /found 2 more at \$\.visits\[1\] of record 2/,
  )
  // Its name is one that every JavaScript object has.
  await stops('{"id":1,"constructor":"Canary"}', /found 1 more at \$ of/)
  await stops('{"id":{"a":1},"visits":[{"sent_by":1}]}', /found 1 more at \$\.visits\[0\] of/)
})

test('a record that is no JSON is rejected, and the others are kept', async t => {
  const { read } = await testReader(t)
  const broken = [
    '{"id":1,}',
    '{"id":01}',
    '{"id":tru}',
    '{"id" 1}',
    '{"id":NaN}',
    '{"id":-inf}',
    '{"id":1} {"id":2}',
    '{"id":"x\ty"}',
    '\v{"id":1}',
    '{"id":1}\f',
    '{"id":1',
  ]
  for (const record of broken) {
    const { rows, rejected } = await read(events, [`{"id":"first"}\n${record}\n{"id":"last"}\n`])
    t.deepEqual(
      rows.map(row => [row['record_no'], row['id']]),
      [
        [1, 'first'],
        [3, 'last'],
      ],
      record,
    )
    const row = JSON.stringify({ text: record })
    t.deepEqual(rejected, [{ fileNo: 1, recordNo: 2, rule: 'json', reason: 'the record is not valid JSON', row }])
  }
  for (const list of [
    '[{"id":1},{"id":tru},{"id":3}]',
    '[{"id":1},\v{"id":2},{"id":3}]',
    '[{"id":1},{"id":2}\f,{"id":3}]',
  ]) {
    t.deepEqual(ids(await read(events, [list])), [
      [1, '1'],
      [3, '3'],
    ])
  }
})

test('half a surrogate pair and bytes that are not UTF-8 are rejected', async t => {
  const { read } = await testReader(t)
  const half = '{"id":"\\ud83d"}'
  const latin1 = Buffer.from('{"id":"Zo\xeb"}', 'latin1')
  const whole = Buffer.concat([Buffer.from(`{"id":"\\ud83d\\ude00"}\n${half}\n`), latin1, Buffer.from('\n{"id":"😀"}')])
  for (const how of ['direct', 'normalised'] as const) {
    const related = await read(events, [whole], how)
    t.deepEqual(ids(related), [
      [1, '😀'],
      [4, '😀'],
    ])
    const base64 = latin1.toString('base64')
    t.like(related.rejected, [
      { recordNo: 2, rule: 'encoding', row: half },
      { recordNo: 3, rule: 'encoding', row: JSON.stringify({ base64 }) },
    ])
  }
})

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

test('records may be spread over lines, one after the other', async t => {
  const { read } = await testReader(t)
  const content = '{\n  "id": 1,\n  "visits": [\r\n]\n}\n{\n  "id": "a\\nb"\n}'
  const related = await read(events, [content])
  t.deepEqual(ids(related), [
    [1, '1'],
    [2, 'a\nb'],
  ])
})

test('no files, or files without records, give a relation with all its columns', async t => {
  const { read } = await testReader(t)
  for (const how of ['direct', 'normalised'] as const) {
    for (const contents of [[], ['[]'], [' [ ] '], ['\ufeff[]', '[]']]) {
      const { rows, scanned } = await read(events, contents, how)
      t.deepEqual(rows, [])
      t.true(scanned.every(({ records }) => records === 0))
    }
    const { rows } = await read(events, ['[]', '{"id":1}'], how)
    t.deepEqual(rows, [{ file_no: 2, record_no: 1, id: '1', visits: null }])
  }
})

test('normalised copies of JSON are gone once they were read', async t => {
  const { read, copies } = await testReader(t)
  await read(events, ['{"id":0.12345678901234567}'])
  t.deepEqual(copies(), [])
})

test('a text of 3 MB comes through', async t => {
  const { read } = await testReader(t)
  const text = 'é'.repeat(1_500_000)
  for (const how of ['direct', 'normalised'] as const) {
    const { rows } = await read(events, [JSON.stringify([{ id: 1 }, { id: text }, { id: 3 }])], how)
    t.is(rows[1]?.['id'], text)
  }
})
