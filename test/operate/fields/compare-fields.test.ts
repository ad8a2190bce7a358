import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { UsageError } from '../../../pipelines/platform/errors.ts'
import { compareFields, declarable } from '../../../pipelines/operate/fields/compare-fields.ts'
import { deliveredFields } from '../../../pipelines/operate/fields/delivered-fields.ts'
import { fieldsToPaste } from '../../../pipelines/operate/fields/fields-to-paste.ts'
import { readFurtherFields, writeFieldsFile } from '../../../pipelines/source/fields-file.ts'
import { hashSourceCode } from '../../../pipelines/source/fingerprint/source-code.ts'
import { csv, type Input, json, list, object, scalar } from '../../../pipelines/source/inputs.ts'
import { Transformer } from '../../../pipelines/source/transformer.ts'

const visits = csv({
  files: ['*'],
  columns: ['id', 'note'],
  optional: ['bed'],
  ignored: ['room'],
  fields: 'fields.json',
})
const events = json({
  files: ['*'],
  record: { id: scalar, visits: list(object({ no: scalar, at: scalar }, ['room'])) },
  fields: 'fields.json',
})

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'caseload-fields-'))
  t.teardown(() => {
    rmSync(path, { recursive: true })
  })
  return path
}

async function states(
  t: ExecutionContext,
  input: Input,
  contents: readonly string[],
): Promise<Record<string, string[]>> {
  const place = folder(t)
  const files = contents.map((content, index) => {
    const path = join(place, `file_${index}`)
    writeFileSync(path, content)
    return { input: 'input', path, name: `source/20230501/file_${index}`, gzip: false }
  })
  const fields = compareFields(input, await deliveredFields(files, input))
  const shown = (state: string): string[] =>
    fields.filter(one => one.state === state).map(({ field, note, files: count }) => `${field ?? note ?? ''} ${count}`)
  return {
    new: shown('new'),
    absent: shown('absent'),
    declared: shown('declared'),
    ignored: shown('ignored'),
    writable: [...declarable(fields)],
  }
}

test('columns are new, absent, declared or ignored; one that looks like a value is not shown', async t => {
  t.deepEqual(await states(t, visits, ['id,note,ward,room,\n1,Canary,x,7,\n', 'note,id,ward,Canary 1980-01-31\n']), {
    new: ['ward 2', 'a name of 17 characters in column 4 that looks like a value 1'],
    absent: ['bed 0'],
    declared: ['id 2', 'note 2'],
    ignored: ['room 1'],
    writable: ['ward'],
  })
})

test('fields of JSON are told by their paths, with those within a new object', async t => {
  const content = [
    '{"id":1,"visits":[],"address":{"city":"Canary","lines":["a"]},"none":null}',
    '{"visits":[{"no":1,"room":{"a":1},"bed":"x"}],"address":{},"odd":1,"1980-01-31":1,"empty":[]}',
    '{"odd":{"a":1}}',
    '{"broken',
  ].join('\n')
  const found = await states(t, events, [content])
  t.deepEqual(found, {
    new: [
      'address.city 1',
      'address.lines[] 1',
      'visits[].bed 1',
      'odd 1',
      'a name of 10 characters in record 2 that looks like a value 1',
      'empty 1',
      'odd.a 1',
    ],
    absent: ['visits[].at 0'],
    declared: ['id 1', 'visits[].no 1'],
    ignored: ['visits[].room 1'],
    writable: ['address.city', 'address.lines[]', 'visits[].bed'],
  })
  // One that is declared as a single value cannot be declared as an object, too.
  t.deepEqual((await states(t, events, ['{"id":{"x":1},"ward":2}']))['writable'], ['ward'])
})

test('what --write adds is read by the inputs, counts for the code of the source, and is paste as text', t => {
  const place = folder(t)
  const made = (inputs: Readonly<Record<string, Input>>): Transformer =>
    new (class extends Transformer {
      override readonly inputs = inputs
      override readonly tables = []
    })()
  const read = (): Transformer['inputs'] => {
    const transformer = made({ visits, events })
    readFurtherFields(place, transformer)
    return transformer.inputs
  }
  t.deepEqual(read(), { visits, events })
  const before = hashSourceCode(place)
  writeFieldsFile(place, 'fields.json', { visits: ['ward', 'room'] })
  writeFieldsFile(place, 'fields.json', { events: ['visits[].room', 'ward'], visits: ['ward'] })
  t.is(
    readFileSync(join(place, 'fields.json'), 'utf8'),
    `${JSON.stringify({ events: ['visits[].room', 'ward'], visits: ['room', 'ward'] }, undefined, 2)}\n`,
  )
  t.not(hashSourceCode(place), before)
  t.like(read()['visits'], { optional: ['bed', 'room', 'ward'], ignored: [] })
  t.like(read()['events'], {
    record: object({ id: scalar, visits: list(object({ no: scalar, at: scalar, room: scalar })), ward: scalar }),
  })
  t.is(fieldsToPaste('visits', visits, ['ward', "it's"]), `visits: optional: ['bed', 'ward', 'it\\'s'],`)
  t.is(
    fieldsToPaste('events', events, ['ward', 'a b', 'visits[].bed']),
    `events, into record: ward: scalar, 'a b': scalar, visits: list(object({ bed: scalar })),`,
  )
  for (const [content, words] of [
    ['{"visits": "ward"}', /lists of fields by input in .*fields\.json/],
    ['{', /Expected JSON in/],
    ['{"others": ["ward"]}', /has fields of others, and no input/],
    ['{"events": ["a[0]"]}', /events: expected fields such as/],
    ['{"events": ["ward", "id.x"]}', /events: id\.x is declared as another kind/],
  ] as const) {
    writeFileSync(join(place, 'fields.json'), content)
    t.throws(read, { instanceOf: UsageError, message: words })
  }
})
