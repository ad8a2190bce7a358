import test from 'ava'
import { RefusedError } from '../../pipelines/platform/errors.ts'
import { csv, json, scalar } from '../../pipelines/source/inputs.ts'
import { testReader } from './read-files.ts'

const mark = '\ufeff'
const table = csv({ files: ['*'], columns: ['id', 'note'] })
const events = json({ files: ['*'], record: { id: scalar, note: scalar } })

const line = (format: 'csv' | 'json', id: number): string =>
  format === 'csv' ? `${id},x\n` : `{"id":${id},"note":"x"}\n`

for (const format of ['csv', 'json'] as const) {
  const input = format === 'csv' ? table : events
  const header = format === 'csv' ? 'id,note\n' : ''

  test(`a record behind a byte order mark in the middle is rejected: ${format}`, async t => {
    const { read } = await testReader(t)
    const content = [header, line(format, 1), mark, line(format, 2), line(format, 3)].join('')
    for (const how of ['direct', 'normalised'] as const) {
      const { rows, rejected } = await read(input, [content], how)
      t.deepEqual(
        rows.map(({ record_no: record, id }) => [record, id]),
        [
          [1, '1'],
          [3, '3'],
        ],
      )
      t.deepEqual(rejected, [
        {
          fileNo: 1,
          recordNo: 2,
          rule: 'mark',
          reason: 'a byte order mark precedes it: several files were concatenated',
          row: JSON.stringify({ text: `${mark}${line(format, 2).trim()}` }),
        },
      ])
    }
  })

  test(`marks of parts that held nothing else are taken off at the start: ${format}`, async t => {
    const { read } = await testReader(t)
    for (const marks of [mark, mark.repeat(2), mark.repeat(5)]) {
      for (const how of ['direct', 'normalised'] as const) {
        const { rows, rejected } = await read(input, [`${marks}${header}${line(format, 1)}`], how)
        t.deepEqual(
          rows.map(({ id }) => id),
          ['1'],
        )
        t.deepEqual(rejected, [])
      }
    }
  })

  test(`an empty file is refused, unless deliveries may be empty: ${format}`, async t => {
    const { read } = await testReader(t)
    for (const blank of ['', mark, mark + mark, '\n', `${mark}\r\n\n`]) {
      await t.throwsAsync(read(input, [blank, header + line(format, 1)]), {
        instanceOf: RefusedError,
        message: /records in source\/20230501\/one.*empty = 'allow'/,
      })
      for (const how of ['direct', 'normalised'] as const) {
        const { rows, rejected } = await read(input, [blank, header + line(format, 1)], how, 'allow')
        t.deepEqual(
          rows.map(({ file_no: file, id }) => [file, id]),
          [[2, '1']],
        )
        t.deepEqual(rejected, [])
      }
    }
  })
}

test('a second header of the same columns is rejected, one of others refuses the file', async t => {
  const { read } = await testReader(t)
  for (const same of [`${mark}id,note\n`, `${mark}"id","note"\n`]) {
    const { rows, rejected } = await read(table, [`id,note\n1,x\n${same}2,y\n`])
    t.deepEqual(
      rows.map(({ id }) => id),
      ['1', '2'],
    )
    t.like(rejected, [{ recordNo: 2, rule: 'mark' }])
  }
  for (const other of [`${mark}note,id\n`, `${mark}"note",id\n`, `${mark}id,note,ward\n`]) {
    await t.throwsAsync(read(table, [`id,note\n1,x\n${other}y,2\n`]), {
      instanceOf: RefusedError,
      message: /a second one with other columns at record 2, after a byte order mark/,
    })
  }
})

test('a mark within a value is a character of it', async t => {
  const { read } = await testReader(t)
  for (const how of ['direct', 'normalised'] as const) {
    const { rows } = await read(table, [`id,note\n1,a${mark}\n2,"b\n${mark}c"\n`], how)
    t.deepEqual(
      rows.map(({ note }) => note),
      [`a${mark}`, `b\n${mark}c`],
    )
  }
})
