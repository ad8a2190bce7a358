import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { stringify } from 'csv-stringify/sync'
import { caseload } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { testProject } from '../../helpers/project.ts'
import { type WrittenColumn, writtenParquet } from '../../read/parquet-written.ts'

const columns = ['whole', 'big', 'exact', 'flag', 'day', 'moment', 'kind', 'words'] as const
type Column = (typeof columns)[number]

const table = `import { bigint, boolean, date, decimal, defineTable, id, integer, oneOf, text, timestamp } from 'caseload'

const info = { phi: 'none', description: 'A column.' }
export const things = defineTable({
  grain: 'one thing',
  key: ['thing_id'],
  columns: {
    thing_id: id(info),
    whole: integer(info).nullable(),
    big: bigint(info).nullable(),
    exact: decimal(10, 2, info).nullable(),
    flag: boolean(info).nullable(),
    day: date(info).nullable(),
    moment: timestamp(info).nullable(),
    kind: oneOf(['a', 'b'], info).nullable(),
    words: text({ ...info, maxLength: 10 }).nullable(),
  },
})
`
const source = (name: string, input: string): string => `import { csv, json, scalar, Transformer } from 'caseload'

export class ${name} extends Transformer {
  inputs = { lines: ${input} }
  tables = ['things']
  maxBadRows = '100%'
}
`
const select = `select
  file_no,
  record_no,
  thing_id,
  ${columns.join(',\n  ')}
from lines
`
const names = ['thing_id', ...columns]
const listed = names.map(name => `'${name}'`).join(', ')
const sources = {
  Csv: source('Csv', `csv({ files: ['lines.csv'], columns: [${listed}] })`),
  Json: source(
    'Json',
    `json({ files: ['lines.json'], record: { ${names.map(name => `${name}: scalar`).join(', ')} } })`,
  ),
  Parquet: source('Parquet', `csv({ files: ['lines.csv'], columns: [${listed}] })`),
}

/** Texts that are none of the column's type, or out of its range. */
const badTexts: Readonly<Record<Column, readonly string[]>> = {
  whole: ['1.5', '2147483648', '-2147483649', 'NaN', '1e10', '0x10', '1_0', 'Infinity', '１２'],
  big: ['9223372036854775808', '-9223372036854775809', '1e30', 'NaN', '1.000001'],
  exact: ['100000000', '1e9', 'NaN', '-Infinity', '1,5', '1e-400x', '--1'],
  flag: ['maybe', '2', 'null'],
  day: ['2023-02-29', '0000-00-00', '99999-01-01', '5881580-07-11', 'infinity', '2023-13-01', '01/02/2023'],
  moment: ['294247-01-10T04:00:54.775806Z', 'infinity', '2023-05-01T25:00:00Z', '2023-05-01T00:00:00+25:00', 'now'],
  kind: ['c', 'A', 'a,b'],
  words: ['eleven char', '\u{1f600}'.repeat(11)],
}

/** A line for every bad value, its number of the column, and as many without one. */
function lines(): readonly Readonly<Record<string, string>>[] {
  const bad = columns.flatMap(column =>
    badTexts[column].map((value, n) => ({ thing_id: `${column} ${n}`, [column]: value })),
  )
  return [...bad, ...bad.map((_, n) => ({ thing_id: `good ${n}`, whole: '1', day: '2023-05-01' }))]
}

const time = { logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' } } as const
const most = 9223372036854775807n

/** Bad values of what a typed file can hold, by column. */
const badTyped: Readonly<Partial<Record<Column, Omit<WrittenColumn, 'name'>>>> = {
  whole: { values: [2147483648n, most, -most], physical: { type: 'INT64' } },
  big: { values: [1.5, 1e30, NaN, Infinity, -Infinity], physical: { type: 'DOUBLE' } },
  exact: { values: [1e9, NaN, Infinity, 1.7e308], physical: { type: 'DOUBLE' } },
  day: { values: [2147483645, -2147483646], physical: { type: 'INT32' }, logical: { converted_type: 'DATE' } },
  moment: { values: [most - 1n, most, -most, 253402300800000000n], physical: { type: 'INT64' }, logical: time },
}

/** A file of typed columns: each bad value in a record of its own, and as many records without one. */
function typedLines(): { readonly file: Buffer; readonly bad: readonly string[] } {
  const bad = Object.entries(badTyped).flatMap(([column, { values }]) => values.map((_, n) => `${column} ${n}`))
  const ids = [...bad, ...bad.map((_, n) => `good ${n}`)]
  const text: Omit<WrittenColumn, 'name'> = {
    values: [],
    physical: { type: 'BYTE_ARRAY' },
    logical: { converted_type: 'UTF8' },
  }
  const written = columns.map(name => {
    const { values, ...type } = badTyped[name] ?? text
    const [first] = ids.flatMap((one, at) => (one === `${name} 0` ? [at] : []))
    return { ...type, name, values: ids.map((_, at) => (first === undefined ? null : (values[at - first] ?? null))) }
  })
  const file = writtenParquet([{ name: 'thing_id', ...text, values: ids.map(one => Buffer.from(one)) }, ...written])
  return { file, bad }
}

test('one bad value costs its row and nothing else, in every format and type', async t => {
  const { url } = await testDatabase(t)
  const project = testProject(t)
  project.write('tables/things.js', table)
  for (const [name, text] of Object.entries(sources)) {
    project.write(`sources/${name.toLowerCase()}/${name.toLowerCase()}.js`, text)
    project.write(`sources/${name.toLowerCase()}/things.sql`, select)
  }
  const texts = lines()
  const typed = typedLines()
  const files: Readonly<Record<string, string | Buffer>> = {
    'csv/20230501/lines.csv': stringify(
      texts.map(line => names.map(name => line[name] ?? '')),
      { header: true, columns: names },
    ),
    'json/20230501/lines.json': JSON.stringify(texts),
    'parquet/20230501/lines.parquet': typed.file,
  }
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(project.root, 'data', name)), { recursive: true })
    writeFileSync(join(project.root, 'data', name), content)
  }
  const bad = texts.map(line => line['thing_id'] ?? '').filter(one => !one.startsWith('good'))
  for (const [name, expected] of [
    ['csv', bad],
    ['json', bad],
    ['parquet', typed.bad],
  ] as const) {
    const done = await caseload(['run', name, '20230501'], { url, cwd: project.root })
    t.is(done.code, 0, `${name}: ${done.stderr}`)
    const lost = await rowsOf(
      url,
      `select row ->> 'thing_id' as thing, column_name as "column"
       from caseload.quarantine
       where source = $1
       order by record_no`,
      [name],
    )
    t.deepEqual(
      lost,
      expected.map(thing => ({ thing, column: thing.replace(/ \d+$/, '') })),
      name,
    )
    const [row] = await rowsOf(url, 'select count(*)::int as loaded from store.things where source = $1', [name])
    t.is(row?.['loaded'], expected.length, name)
  }
})
