import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { classText } from '../../pipelines/scaffold/class-text.ts'
import { csvLayout } from '../../pipelines/scaffold/csv-layout.ts'
import { readSample } from '../../pipelines/scaffold/sample.ts'

test('titles, a line sep= and the separator are found, and a table without titles has none', t => {
  const table = 'id;note;ward\n1;x;5\n2;y;6\n'
  t.deepEqual(csvLayout(table), { delimiter: ';', skip: 0 })
  t.deepEqual(csvLayout(`\ufeffsep=;\r\n${table}`), { delimiter: ';', skip: 0 })
  t.deepEqual(csvLayout(`Report, of May\n\n${table}`), { delimiter: ';', skip: 2 })
  t.deepEqual(csvLayout(`sep=;\nReport;;\n;;\n${table}`), { delimiter: ';', skip: 2 })
  // A first line that is a record, a list, and a table of which one line is wider.
  t.deepEqual(csvLayout('1,x\n2,y\n3,z\n'), { delimiter: ',', skip: 0 })
  t.deepEqual(csvLayout('id\n1\n2\n'), { delimiter: ',', skip: 0 })
  t.deepEqual(csvLayout('id,note\n1,x\n2,y,z\n3,w\n'), { delimiter: ',', skip: 0 })
})

test('a sample from Excel is read, and its options are written', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-sample-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true })
  })
  const path = join(folder, 'visits.csv')
  writeFileSync(path, 'sep=;\r\nVisits of May;;;;\r\n id;note ;ward;;\r\n1;x;5;;\r\n;;;;\r\n2;y;6;;\r\n')
  const { input } = await readSample(path, 'visits.csv')
  t.like(input, { columns: ['id', 'note', 'ward'], headers: 'loose', skip: 1, delimiter: ';' })
  const parts = {
    source: 'ward',
    tables: ['visits'],
    samples: ['visits.csv'],
    numbersReadings: false,
    entities: [],
    language: 'js',
  } as const
  const text = classText({ ...parts, inputs: [{ name: 'visits', input }] })
  t.regex(text, /columns: \['id', 'note', 'ward'\],\n {6}headers: 'loose',\n {6}skip: 1,\n {6}delimiter: ';',/)

  writeFileSync(path, 'id,,note\n1,Canary,x\n')
  const error = await t.throwsAsync(readSample(path, 'visits.csv'), { instanceOf: UsageError })
  t.regex(error.message, /holds a value, found none for column 2\./)
  t.notRegex(error.message, /Canary/)
})
