import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import { newSource, type NewSourceParts } from '../../pipelines/scaffold/new-source.ts'

const patients = 'patient_id,dob\nP-17,1977-01-31\n'
const visits = 'patient_id,visit_id,visit_date\nP-17,V-1,2023-05-01\n'

test('--force replaces what new source writes, and leaves other files', async t => {
  const root = mkdtempSync(join(tmpdir(), 'caseload-force-'))
  t.teardown(() => {
    rmSync(root, { recursive: true, force: true })
  })
  const write = (path: string, text: string): string => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
    return join(root, path)
  }
  const read = (path: string): string => readFileSync(join(root, path), 'utf8')
  const parts: NewSourceParts = {
    name: 'ward',
    from: [write('samples/records.csv', patients)],
    date: '2023-05-01',
    tables: [],
    root,
    kind: 'project',
    language: 'js',
    workRoot: tmpdir(),
  }
  t.deepEqual((await newSource(parts)).removed, [])
  write('sources/ward/patients.sql', 'select edited')
  write('sources/ward/checks/mine.sql', 'mine')
  write('data/ward/20230502/records.csv', 'other day')

  const next = { ...parts, from: [write('samples/records.csv', visits)] }
  await t.throwsAsync(newSource(next), { name: 'UsageError', message: /Expected no sources\/ward .* pass --force/ })
  t.is(read('sources/ward/patients.sql'), 'select edited', 'without --force nothing is written')
  t.is(read('data/ward/20230501/records.csv'), patients)

  const { removed } = await newSource({ ...next, force: true })
  t.deepEqual(removed, ['sources/ward/patients.sql'])
  t.false(existsSync(join(root, 'sources/ward/patients.sql')), 'a SELECT of a table that the class does not fill')
  t.regex(read('sources/ward/ward.js'), /tables = \['visits'\]/)
  t.is(read('data/ward/20230501/records.csv'), visits)
  t.is(read('sources/ward/checks/mine.sql'), 'mine')
  t.is(read('data/ward/20230502/records.csv'), 'other day')

  await t.throwsAsync(newSource({ ...next, force: true, from: [write('samples/records.csv', 'P-17,1\n')] }), {
    name: 'UsageError',
  })
  t.regex(read('sources/ward/ward.js'), /'visits'/, 'a bad sample replaces nothing')
})

test('a sample that lies in its day already stays where it is', async t => {
  const root = mkdtempSync(join(tmpdir(), 'caseload-landed-'))
  t.teardown(() => {
    rmSync(root, { recursive: true, force: true })
  })
  const landed = join(root, 'data/ward/20230501/records.csv')
  mkdirSync(dirname(landed), { recursive: true })
  writeFileSync(landed, patients)
  const { files } = await newSource({
    name: 'ward',
    from: [landed],
    date: '2023-05-01',
    tables: [],
    root,
    kind: 'project',
    language: 'js',
    workRoot: tmpdir(),
  })
  t.true(files.includes('data/ward/20230501/records.csv'))
  t.is(readFileSync(landed, 'utf8'), patients)
})
