import test from 'ava'
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

test('fields that are neither declared nor ignored stop the batch, all of them by name', async t => {
  const { read } = await testReader(t)
  const stops = async (records: readonly string[], words: RegExp): Promise<void> => {
    for (const how of ['direct', 'normalised'] as const) {
      const error = await t.throwsAsync(read(events, [['{"id":0}', ...records].join('\n')], how), {
        instanceOf: RefusedError,
      })
      t.regex(error.message, words)
      t.notRegex(error.message, /Canary/)
    }
  }
  await stops(['{"id":1,"ward":"Canary"}'], /in source\/20230501\/one, found 1 more: ward\./)
  await stops(
    ['{"visits":[{"no":1},{"bed":"x","unit":1,"room":2}]}', '{"id":{"a":1},"ward":"Canary","visits":[{"unit":1}]}'],
    /found 3 more: ward, visits\[\]\.bed, visits\[\]\.unit\. Declare/,
  )
  // Its name is one that every JavaScript object has.
  await stops(['{"id":1,"constructor":"Canary"}'], /found 1 more: constructor\./)
  await stops(['{"id":{"a":1},"visits":[{"sent_by":1}]}'], /found 1 more: visits\[\]\.sent_by\./)
})

test('a field whose name looks like a value is told by its place and length', async t => {
  const { read } = await testReader(t)
  const names = [
    '1980-01-31',
    'P-A-001',
    'canary@example.org',
    'Canary 20230501',
    '17',
    'x'.repeat(64),
    'Canary\u2028',
    'c0ffee00-0000-4000-8000-000000000000',
  ]
  for (const name of names) {
    for (const how of ['direct', 'normalised'] as const) {
      const record = JSON.stringify({ visits: [{ [name]: 1 }] })
      const error = await t.throwsAsync(read(events, [`{"id":0}\n${record}`], how), { instanceOf: RefusedError })
      const place = `a name of ${name.length} characters in visits\\[\\] of record 2 that looks like a value`
      t.regex(error.message, new RegExp(place))
      t.false(error.message.includes(name))
    }
  }
  // Names that differ only in their digits are ids, unless a declared one counts like them.
  const many = '{"id":1,"pat3":1,"pat7":1,"icd10":1}'
  const error = await t.throwsAsync(read(events, [many]), { instanceOf: RefusedError })
  t.regex(error.message, /found 3 more: icd10, a name of 4 characters in record 1 that looks like a value, a name of 4/)
})

test('an input warns of unknown fields or ignores them, and reads the others as before', async t => {
  const { read } = await testReader(t)
  const content =
    '{"id":1,"ID":"no","ward":"x","visits":[{"no":7,"bed":{"a":1}}]}\n{"id":2,"id":3,"ward":1}\n{"id":{"a":1}}'
  for (const how of ['direct', 'normalised'] as const) {
    const [warns, ignores] = await Promise.all([
      read({ ...events, unknown: 'warn' }, [content], how),
      testReader(t).then(other => other.read({ ...events, unknown: 'ignore' }, [content], how)),
    ])
    for (const { rows, rejected } of [warns, ignores]) {
      t.deepEqual(rows, [{ file_no: 1, record_no: 1, id: '1', visits: '[{"no":"7"}]' }])
      t.deepEqual(rejected.map(({ recordNo, rule }) => [recordNo, rule]).sort(), [
        [2, 'shape'],
        [3, 'shape'],
      ])
    }
    t.deepEqual(warns.unknown, ['ID', 'ward', 'visits[].bed'])
    t.deepEqual(ignores.unknown, [])
  }
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
