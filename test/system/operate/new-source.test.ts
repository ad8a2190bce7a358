import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { root } from '../../helpers/cli.ts'
import { rowsOf, testDatabase } from '../../helpers/database.ts'
import { sampleData } from '../../helpers/samples.ts'

const run = promisify(execFile)

/** What a fresh clone holds, with this checkout's dependencies, without its lock: nothing may be installed into them. */
function clone(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-clone-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const files = ['package.json', 'tsconfig.json', 'tsconfig.build.json', '.prettierrc.json']
  const folders = ['bin', 'pipelines', 'sources', 'sql', 'views', 'scripts', 'dist', 'test/helpers', 'tools', 'bench']
  for (const path of [...files, ...folders]) cpSync(join(root, path), join(folder, path), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

/** One record with a field too many, one reading not taken; a relation of the engine is called as the file is. */
const odd = `patient_id,name,timestamp,pulse,spo2
P1,A,2023-05-01 08:00,71,98
P2,B,2023-05-01 08:00,,97
P3,C,2023-05-01 08:00,64,99,1
`

const vitals = `patient,taken_at,pulse,ward
P1,2023-05-01 08:00,71,A
P2,2023-05-01 08:00,64.5,A
`

test('in a clone: a source from a sample, built, run, read and tested as the README says', async t => {
  const { url } = await testDatabase(t)
  const folder = clone(t)
  const env = { ...process.env, NODE_OPTIONS: '', DATABASE_URL: url }
  const call = (...args: readonly string[]): Promise<{ stdout: string }> =>
    run(process.execPath, [...args], { cwd: folder, env, maxBuffer: 16 << 20 })
  const caseload = (...args: readonly string[]): Promise<{ stdout: string }> => call('dist/bin/caseload.js', ...args)
  const sample = join(folder, 'vitals_20230501.csv')
  writeFileSync(sample, vitals)

  const made = await caseload('new', 'source', 'vitals', '--from', sample)
  t.regex(made.stdout, /measurements\s+2\s+2\s+0\s+0/)
  t.regex(made.stdout, /Not mapped yet: ward\./)
  t.notRegex(made.stdout, /P1|64\.5/)
  t.regex(readFileSync(join(folder, 'sources/vitals/measurements.sql'), 'utf8'), /^-- not mapped yet: ward$/m)
  t.is(readFileSync(join(folder, 'data/vitals/20230501/vitals_20230501.csv'), 'utf8'), vitals)

  const events = join(sampleData, 'source_a/20230501/visit_events.json')
  const nested = await caseload('new', 'source', 'events', '--from', events, '--date', '20240229', '--json')
  const { files, tried } = JSON.parse(nested.stdout) as { files: string[]; tried: { table: string; inOrder: number }[] }
  t.true(files.includes('data/events/20240229/visit_events.json'))
  t.deepEqual(
    tried.map(one => one.table),
    ['patients', 'visits', 'diagnoses', 'treatments'],
  )
  t.true(tried.every(one => one.inOrder > 0))

  const oddSample = join(folder, 'accepted_patients.csv')
  writeFileSync(oddSample, `# export of 2023\n${odd}`)
  const unread = await t.throwsAsync(caseload('new', 'source', 'odd', '--from', oddSample))
  const { code, stderr } = unread as unknown as { code: number; stderr: string }
  t.is(code, 2)
  t.regex(stderr, /in the first line of accepted_patients\.csv, found none\. It looks like a comment above the header/)
  t.false(existsSync(join(folder, 'sources/odd')) || existsSync(join(folder, 'data/odd')))
  writeFileSync(oddSample, odd)
  const oddMade = await caseload('new', 'source', 'odd', '--from', oddSample)
  t.regex(oddMade.stdout, /measurements\s+4\s+3\s+0\s+1\s+1 removed by empty_cell/)
  t.regex(oddMade.stdout, /^1 record cannot be read like the others: a run puts it in quarantine\.$/m)

  const written = files.filter(file => file.endsWith('.ts'))
  await call('node_modules/prettier/bin/prettier.cjs', '--check', 'sources/vitals/vitals.ts', ...written)

  await call('scripts/build.mjs')
  await caseload('run', 'vitals', '2023-05-01')
  const readings = await rowsOf(url, 'select type, value::text, unit from clinical.current_measurements order by value')
  t.deepEqual(readings, [
    { type: 'heart_rate', value: '64.500000', unit: '/min' },
    { type: 'heart_rate', value: '71.000000', unit: '/min' },
  ])
  await call('scripts/compile-tests.mjs')
  const tests = ['vitals', 'events', 'odd'].map(name => `dist/test/sources/${name}.test.js`)
  const tested = await call('node_modules/ava/entrypoints/cli.mjs', ...tests)
  t.regex(tested.stdout, /3 tests passed/)

  // A project in the clone has its sources to itself.
  const project = join(folder, 'my-ward')
  mkdirSync(project)
  writeFileSync(join(project, 'package.json'), '{"name":"my-ward","dependencies":{"caseload":"*"}}')
  const words = [join(folder, 'dist/bin/caseload.js'), 'new', 'source', 'ward_vitals', '--from', sample]
  const own = await run(process.execPath, words, { cwd: project, env })
  t.regex(own.stdout, /^ {2}npm test$/m)
  t.true(existsSync(join(project, 'sources/ward_vitals/ward_vitals.js')))
  t.false(existsSync(join(folder, 'sources/ward_vitals')))

  const again = await t.throwsAsync(caseload('new', 'source', 'vitals', '--from', sample))
  t.regex((again as unknown as { stderr: string }).stderr, /found the existing source vitals/)
})
