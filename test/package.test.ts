import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { root } from './helpers/cli.ts'
import { rowsOf, testDatabase } from './helpers/database.ts'
import { sampleData } from './helpers/samples.ts'

const run = promisify(execFile)

test('the packed tarball, installed in an empty folder, shows its help and runs a batch', async t => {
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
  const strays = files.filter(name => !/^package\/(dist\/|package\.json$|README\.md$|LICENSE$)/.test(name))
  t.deepEqual(strays, [])

  const app = join(folder, 'app')
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), '{ "private": true, "type": "module" }')
  const env = { ...process.env, NODE_OPTIONS: '', DATABASE_URL: url, CASELOAD_LANDING: sampleData }
  const install = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', join(folder, tarball)]
  await run('npm', install, { cwd: app, env })
  const help = await run('npx', ['--no-install', 'caseload', '--help'], { cwd: app, env })
  t.regex(help.stdout, /caseload run <source> <date>/)
  const batch = await run('npx', ['--no-install', 'caseload', 'run', 'source_a', '20230501'], { cwd: app, env })
  t.regex(batch.stdout, /Published source_a 2023-05-01/)
  const patients = await rowsOf(url, `select count(*) as n from store.patients`)
  t.true(Number(patients[0]?.['n']) >= 20)
})
