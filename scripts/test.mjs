// Runs tests in lanes, one a processor. A lane has a server of its own and runs one file at a time, so that a test may
// look at all sessions and locks of its server; the lanes share the files. DATABASE_URL names a server to use instead,
// and then there is one lane. `npm test -- test/publish/publish.test.ts` runs one file, `npm test -- test/read` a folder, and
// CASELOAD_TEST_POSTGRES=15 takes PostgreSQL 15. The last line counts.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { compiledPath, compileTests } from './compile-tests.mjs'
import { filesIn, parts, quickFiles, suites } from './suites.mjs'
import { startServer, useServer } from './test-server.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const asked = process.argv.slice(2)
const suiteName = asked.find(word => word.startsWith('--suite='))?.slice('--suite='.length)
const known = { ...suites, ...parts }
const suite = known[suiteName]
// What the caller sets goes before what the suite sets.
for (const [name, value] of Object.entries(suite?.env ?? {})) process.env[name] ??= value
if (suiteName !== undefined && suite === undefined) {
  process.stderr.write(`Expected a suite (${Object.keys(known).join(', ')}), found ${suiteName}.\n`)
  process.exit(2)
}
const forAva = asked.filter(word => word.startsWith('--') && !word.startsWith('--suite='))
const paths = asked.filter(word => !word.startsWith('--'))

const unknown = paths.filter(path => !existsSync(join(root, path)))
if (unknown.length > 0) {
  process.stderr.write(`Expected test files or folders, found no ${unknown.join(', ')}.\n`)
  process.exit(2)
}
const files =
  paths.length > 0 ? filesIn(paths) : suite ? filesIn([...suite.paths, ...(suite.also ?? [])]) : quickFiles()
compileTests()
const given = process.env.DATABASE_URL
// With --match, ava calls it a failure if no file that it runs has such a test: it gets all of them at once.
const isWhole = forAva.length > 0
const lanes = given || isWhole ? 1 : Math.min(availableParallelism(), 4, files.length)
const servers = await Promise.all(Array.from({ length: lanes }, () => (given ? useServer(given) : startServer())))

const running = new Set()
let stopping = false
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    stopping = true
    for (const ava of running) ava.kill(signal)
  })
}

const fewFiles = 24
const left = [...files]
const results = []
await Promise.all(
  servers.map(async server => {
    // Half of an even share at a time: few starts of ava, and no lane that ends long after the others. In suites of few files
    // one takes minutes, and a start one second.
    try {
      while (left.length > 0 && !stopping) {
        const share = isWhole ? left.length : files.length <= fewFiles ? 1 : Math.ceil(left.length / (2 * lanes))
        results.push(await runFiles(left.splice(0, share), server))
      }
    } finally {
      await server.stop()
    }
  }),
)

const broken = results.filter(result => result.failed > 0)
if (broken.length > 0) process.stdout.write(`  ─\n${broken.map(result => result.account).join('\n')}\n`)
const passed = results.reduce((sum, result) => sum + result.passed, 0)
const failed = results.reduce((sum, result) => sum + result.failed, 0)
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed > 0 || passed === 0 || stopping ? 1 : 0

/** Runs files, one after the other: prints each test as it ends, and keeps what ava says after the last. */
async function runFiles(some, server) {
  const ava = spawn(
    process.execPath,
    [join(root, 'node_modules/ava/entrypoints/cli.mjs'), ...forAva, ...some.map(compiledPath)],
    {
      cwd: root,
      env: environment(server),
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  running.add(ava)
  let passes = 0
  // Without other files beside it, ava does not say which file it is.
  let account = some.length === 1 ? `  ${some[0]}\n` : ''
  let isLast = false
  const ended = new Promise(resolve => ava.on('close', resolve))
  for await (const line of createInterface({ input: ava.stdout })) {
    if (/^\s*\u2714 /.test(line)) passes += 1
    isLast ||= /^\s*─$/.test(line)
    if (isLast) account += `${line}\n`
    else process.stdout.write(`${line}\n`)
  }
  const code = await ended
  running.delete(ava)
  const count = pattern => Number(account.match(pattern)?.[1] ?? 0)
  const counted = count(/^\s*(\d+) tests? failed/m) + count(/^\s*(\d+) uncaught exceptions?/m)
  return { passed: passes, failed: code === 0 ? counted : Math.max(counted, 1), account }
}

/** Only what a test says itself: a developer's own settings do not leak in. */
function environment({ url, place, template, plain }) {
  const env = {
    ...process.env,
    CASELOAD_TEST_URL: url,
    CASELOAD_TEST_PLACE: place,
    CASELOAD_TEST_TEMPLATE: template,
    CASELOAD_TEST_PLAIN_TEMPLATE: plain,
  }
  for (const name of Object.keys(env)) {
    const own =
      /^(DATABASE_URL(?:_FILE)?|PG\w+|CI|(?:NO|FORCE)_COLOR|(?:AWS|CASELOAD|OPENLINEAGE|DAGSTER_PIPES)_\w+)$/.test(name)
    if (own && !/^CASELOAD_(TEST|SOAK|CRASH|ORDERS|SYNTHEA|HISTORIES|RUNS|WORK)/.test(name)) delete env[name]
  }
  return env
}
