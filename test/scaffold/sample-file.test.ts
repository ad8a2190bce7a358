import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { csv } from '../../pipelines/source/inputs.ts'
import { listLanding } from '../helpers/landing.ts'
import { listed, make, refusal } from './making.ts'

test('names that are not identifiers, and one that differs from another only in case', async t => {
  const made = await make(t, "o'neil file.csv", 'patient,Name,name,file_no,"a ""b"""\nP-17,A,B,1,x\n')
  t.deepEqual(made.unread, [
    'name (differs from another name only in case)',
    'file_no (Caseload uses this name for the position of a record)',
  ])
  t.deepEqual(made.unmapped, ['a "b"'])
  t.true(made.read('sources/ward/ward.js').includes("ignored: ['name', 'file_no']"))
  t.true(made.files.includes("data/ward/20230501/o'neil file.csv"))
})

test('a sample keeps its name, and the pattern matches the next delivery with that name', async t => {
  const names: readonly (readonly [string, string, string])[] = [
    ['ward list.csv', 'ward list.csv', 'ward_list'],
    ['Ärzte_20230501.csv', 'Ärzte_20230601.csv', 'arzte'],
    ['bp (ward 3).csv', 'bp (ward 3).csv', 'bp_ward_3'],
    [
      String.raw`list(1)'s "a\b" as const [x]? {date}.csv`,
      String.raw`list(1)'s "a\b" as const [x]? {date}.csv`,
      'list_1_s_a_b_as_const_x_date',
    ],
  ]
  for (const [file, next, input] of names) {
    const made = await make(t, file, 'patient,name\nP-17,A\n')
    t.deepEqual(listed(made), [['patients', 1, 1]], file)
    const landed = made.files.at(-1) ?? ''
    t.is(landed, `data/ward/20230501/${file}`)
    const text = made.read('sources/ward/ward.js')
    t.true(text.startsWith("import { csv, Transformer } from 'caseload'\n"), text)
    const literal = /files: \[(.*)\],$/m.exec(text)?.[1] ?? ''
    const pattern: unknown = runInNewContext(literal)
    t.true(text.includes(`    ${input}: csv({`), text)
    const folder = mkdtempSync(join(tmpdir(), 'caseload-landing-'))
    mkdirSync(join(folder, 'ward/20230501'), { recursive: true })
    writeFileSync(join(folder, 'ward/20230501', next), '')
    const inputs = { [input]: csv({ files: [String(pattern)], columns: ['patient'] }) }
    const landing = await listLanding(folder, { source: 'ward', date: '2023-05-01' }, inputs)
    rmSync(folder, { recursive: true })
    t.deepEqual([landing.files.map(one => one.name), landing.unclaimed], [[`ward/20230501/${next}`], []])
  }
  const error = await refusal(t, 'a\nb.csv', 'patient,name\nP-17,A\n')
  t.regex(error, /without control characters, found "a\\u\{a\}b\.csv"/)
})
