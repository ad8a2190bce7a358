import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { caseload, root } from '../helpers/cli.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'
import { sampleData } from '../helpers/samples.ts'

const run = promisify(execFile)

/**
 * A lock file from which npm takes the versions of this checkout, which it has unpacked before: without one it asks the
 * registry about a hundred packages, and whatever was released today would be tested.
 */
function lockOfCheckout(): string {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: object }
  return JSON.stringify({ lockfileVersion: 3, requires: true, packages: { ...packages, '': {} } })
}

interface Failed {
  readonly code: number
  readonly stderr: string
}

test('the packed tarball in a folder of its own: what is shipped, and sources, tables, views and checks beside it', async t => {
  const { url } = await testDatabase(t, 'empty')
  const folder = mkdtempSync(join(tmpdir(), 'caseload-package-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  // Without scripts: dist/ is there, and building it anew would take it from under other tests.
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root })
  const tarball = readdirSync(folder).find(name => name.endsWith('.tgz')) ?? ''
  const { stdout: listing } = await run('tar', ['-tzf', join(folder, tarball)])
  const files = listing.trim().split('\n')
  t.true(files.includes('package/dist/sql/functions/publish.sql'))
  t.true(files.includes('package/dist/views/patient_treatment_summary.sql'))
  t.true(files.includes('package/dist/sources/source_a/visits.sql'))
  const strays = files.filter(
    name => !/^package\/(dist\/(?!(?:test|tools|bench)\/)|package\.json$|README\.md$|LICENSE$)/.test(name),
  )
  t.deepEqual(strays, [])

  const app = join(folder, 'my-ward')
  const made = await caseload(['init', app])
  t.is(made.code, 0, made.stderr)
  t.regex((await caseload(['init', app])).stderr, /Expected an empty folder, found \d+ files/)
  const { dependencies } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  t.regex(dependencies['caseload'] ?? '', /^\d+\.\d+\.\d+/)
  const env = { ...process.env, NODE_OPTIONS: '', DATABASE_URL: url, CASELOAD_TEST_URL: url }
  writeFileSync(join(app, 'package-lock.json'), lockOfCheckout())
  const install = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', join(folder, tarball)]
  await run('npm', install, { cwd: app, env })
  const npx = (...args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
    run('npx', ['--no-install', 'caseload', ...args], { cwd: app, env })
  const refusal = async (...args: readonly string[]): Promise<string> => {
    const { code, stderr } = (await t.throwsAsync(npx(...args))) as unknown as Failed
    t.is(code, 2, stderr)
    return stderr
  }

  t.regex((await npx('--help')).stdout, /caseload run <source> <date>/)
  const shipped = await npx('run', 'source_a', '20230501', '--landing', sampleData)
  t.regex(shipped.stdout, /Published source_a 2023-05-01/)
  const patients = await rowsOf(url, `select count(*) as n from store.patients`)
  t.true(Number(patients[0]?.['n']) >= 20)

  // A source from a sample, and its test.
  const sample = join(folder, 'vitals_20230501.csv')
  writeFileSync(sample, 'patient,taken_at,pulse\nP1,2023-05-01 08:00,71\nP2,2023-05-01 08:00,64.5\n')
  t.regex((await npx('new', 'source', 'vitals', '--from', sample)).stdout, /sources\/vitals\/vitals\.js/)
  t.regex((await npx('run', 'vitals', '2023-05-01')).stdout, /measurements +2 +0 +0/)

  // A source in TypeScript, a table of its own, a column for a shipped one, a view over both, and a check.
  cpSync(join(root, 'test/system/project/ward'), app, { recursive: true })
  const ward = await npx('run', 'ward', '2023-05-01')
  t.regex(ward.stdout, /patients +2 +0 +1 +0\nincidents +2 +1 +0 +0/)
  t.regex(ward.stderr, /incidents burns: 1 of 2 rows; by kind: burn 1/)
  t.deepEqual(await rowsOf(url, 'select * from clinical.incident_list order by incident_id'), [
    { source: 'ward', patient_id: 'P1', incident_id: 'I1', kind: 'fall', preferred_language: 'nl' },
    { source: 'ward', patient_id: 'P2', incident_id: 'I3', kind: 'burn', preferred_language: 'en' },
  ])
  t.regex((await npx('quarantine', 'ls', 'ward')).stdout, /incidents .* happened_on +cast/)
  t.regex((await npx('sql', 'select * from batches_by_source')).stdout, /^ward +1 +2023-05-01/m)
  // A source that knows nothing of the column leaves it empty.
  await npx('run', 'source_a', '20230502', '--landing', sampleData)

  const tested = await run('npm', ['test'], { cwd: app, env })
  t.regex(tested.stdout, /^# pass 1$/m)

  // What cannot be right is said, whatever is called.
  const broken = (name: string, text: string): string => {
    mkdirSync(dirname(join(app, name)), { recursive: true })
    t.false(existsSync(join(app, name)), name)
    writeFileSync(join(app, name), text)
    return join(app, name)
  }
  const view = broken('views/current_visits.sql', 'create or replace view clinical.current_visits as select 1 as one')
  t.regex(await refusal('views'), /views\/current_visits\.sql: a view of that name is shipped/)
  rmSync(view)
  const table = broken('tables/visits.js', readFileSync(join(app, 'tables/incidents.js'), 'utf8'))
  t.regex(await refusal('run', 'vitals', '2023-05-01'), /tables\/visits\.js: a table of that name is shipped/)
  rmSync(table)
  broken(
    'node_modules/other/node_modules/caseload/package.json',
    '{"name":"caseload","main":"index.js","type":"module"}',
  )
  broken('node_modules/other/node_modules/caseload/index.js', 'export class Transformer {}')
  const source = `import { Transformer } from '../../node_modules/other/node_modules/caseload/index.js'\n`
  broken('sources/twice/twice.js', `${source}export class Twice extends Transformer {}`)
  t.regex(await refusal('run', 'twice', '2023-05-01'), /twice\.js imports another copy of caseload/)
  broken('sources/wrong/wrong.ts', 'export class Wrong extends {')
  t.regex(await refusal('run', 'wrong', '2023-05-01'), /sources\/wrong\/wrong\.ts cannot be loaded/)
})
