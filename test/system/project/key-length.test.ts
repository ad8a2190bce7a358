import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { initProject } from '../../../pipelines/scaffold/init.ts'
import { caseload, root } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'

const info = `{ phi: 'none', description: 'A column.' }`
const table = `import { bigint, date, decimal, defineTable, id, text, timestamp } from 'caseload'

export const things = defineTable({
  grain: 'one thing',
  key: ['a', 'n', 'b', 'at', 'c', 'd', 'day'],
  columns: {
    a: id(${info}),
    n: bigint(${info}),
    b: id(${info}),
    at: timestamp(${info}),
    c: text({ phi: 'none', description: 'A column.' }),
    d: decimal(38, 10, ${info}),
    day: date(${info}),
    note: text(${info}).nullable(),
    no: id(${info}),
  },
})
`
const source = `import { csv, Transformer } from 'caseload'

export class Ward extends Transformer {
  inputs = { lines: csv({ files: ['lines.csv'], columns: ['a', 'b', 'c', 'note', 'no'] }) }
  tables = ['things']
  maxBadRows = '100%'
}
`
const select = `select
  file_no,
  record_no,
  a,
  '9007199254740993' as n,
  b,
  '2023-05-01T08:00:00Z' as at,
  c,
  '-1234567890123456789012345678.1234567891' as d,
  '2023-05-01' as day,
  note,
  no
from lines
`

/** A project with the table, and a landing folder with these lines. */
function project(t: ExecutionContext, lines: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-key-length-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  initProject(folder, '1.0.0')
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/caseload'), 'dir')
  const files = {
    'tables/things.js': table,
    'sources/ward/ward.js': source,
    'sources/ward/things.sql': select,
    'data/ward/20230501/lines.csv': ['a,b,c,note,no', ...lines, ''].join('\n'),
  }
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

/** Text of so many bytes that PostgreSQL cannot compress. */
const dense = (bytes: number): string => randomBytes(bytes).toString('base64url').slice(0, bytes)

test('a key or a value too long for an index costs its row, and one that is not never stops the batch', async t => {
  const { url } = await testDatabase(t)
  // 2,535 bytes are left for a, b and c.
  const most = 2535
  const lines = [
    'A,B,C,note,1',
    `${'\u{1f600}'.repeat(255)},${'\u{1f600}'.repeat(255)},${'\u{1f600}'.repeat(255)},,2`,
    `${dense(255)},${dense(255)},${dense(most - 510)},,3`,
    `${dense(255)},${dense(255)},${dense(most - 509)},,4`,
    ...[1, 2, 3].map(n => `${dense(126 + n)},${dense(n)},${dense(most - 126 - 2 * n)},,${4 + n}`),
    `A2,B,C,${'x'.repeat(9000)},8`,
    `A3,B,C,${dense(2601)},9`,
    `A4,B,C,${dense(2700)},10`,
  ]
  const folder = project(t, lines)
  const run = async (...args: readonly string[]): Promise<void> => {
    const words = ['run', 'ward', '20230501', '--landing', join(folder, 'data'), ...args]
    const done = await caseload(words, { url, cwd: folder })
    t.is(done.code, 0, done.stderr)
  }
  await run()
  t.deepEqual(await rowsOf(url, 'select record_no, column_name, rule from caseload.quarantine order by 1'), [
    { record_no: 2, column_name: null, rule: 'key_too_long' },
    { record_no: 4, column_name: null, rule: 'key_too_long' },
  ])
  const loaded = async (): Promise<unknown> =>
    (await rowsOf(url, 'select no from store.things order by length(no), no')).map(row => row['no'])
  t.deepEqual(await loaded(), ['1', '3', '5', '6', '7', '8', '9', '10'])
  await rowsOf(url, "delete from store.things where no in ('8', '10')")
  await rowsOf(url, 'create index things_note on store.things (note) include (no)')
  await run()
  t.deepEqual(await loaded(), ['1', '3', '5', '6', '7', '9'])
})
