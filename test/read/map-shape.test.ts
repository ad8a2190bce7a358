import test from 'ava'
import { json, map, scalar } from '../../pipelines/source/inputs.ts'
import { testReader } from './read-files.ts'

const data = json({ files: ['*'], record: { id: scalar, data: map } })

const ways = ['direct', 'normalised'] as const

test('a map takes any names, and every value of it is text', async t => {
  const { read } = await testReader(t)
  const content = [
    '{"id":1,"data":{"heart rate":71,"mood":"good","fell":false,"note":null,"a.b":"c","12.500000000000000001":1}}',
    '{"id":2,"data":{"long":12345678901234567890,"exact":0.1234567890123456789}}',
    '{"id":3,"data":{}}',
    '{"id":4,"data":null}',
    '{"id":5}',
  ].join('\n')
  for (const how of ways) {
    const { rows, rejected } = await read(data, [content], how)
    t.deepEqual(rejected, [])
    t.deepEqual(
      rows.map(row => JSON.parse(String(row['data'])) as unknown),
      [
        { 'heart rate': '71', mood: 'good', fell: 'false', note: null, 'a.b': 'c', '12.500000000000000001': '1' },
        { long: '12345678901234567890', exact: '0.1234567890123456789' },
        {},
        null,
        null,
      ],
    )
  }
})

test('a map with a list or an object in it, or with a name twice, is no record, and no name of it is told', async t => {
  const { read } = await testReader(t)
  const wrong = [
    ['{"data":{"Canary":[1]}}', '$.data.*: expected a single value, found a list'],
    ['{"data":{"ok":1,"Canary":{"a":1}}}', '$.data.*: expected a single value, found an object'],
    ['{"data":[1]}', '$.data: expected an object, found a list'],
    ['{"data":"x"}', '$.data: expected an object, found a single value'],
    ['{"data":{"a":1,"a":2}}', 'a field name occurs twice in one object'],
  ] as const
  const content = [...wrong.map(([record]) => record), '{"id":"last"}'].join('\n')
  for (const how of ways) {
    const { rows, rejected } = await read(data, [content], how)
    t.deepEqual(
      rows.map(row => row['id']),
      ['last'],
    )
    t.deepEqual(
      [...rejected].sort((a, b) => a.recordNo - b.recordNo).map(({ row, reason, rule }) => [row, reason, rule]),
      wrong.map(([row, reason]) => [row, reason, 'shape']),
    )
  }
})
