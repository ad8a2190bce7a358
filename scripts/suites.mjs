// The suites: what each runs, and what it sets. `npm test` runs every file that no suite claims.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Suites that take minutes: `npm run test:<name>` runs one, `.ci/run` runs them all. */
export const suites = {
  citus: {
    paths: ['test/citus'],
    // Tests of npm test, or of another suite, that run on target citus again.
    also: ['test/operate/compact/merge.test.ts', 'test/publish/unpublish.test.ts'],
    env: { CASELOAD_TEST_TARGET: 'citus' },
  },
  crash: { paths: ['test/system/crash'], env: { CASELOAD_CRASH_MATRIX: 'most' } },
  hostile: { paths: ['test/system/hostile', 'test/system/leaks', 'test/tools'] },
  operate: {
    paths: [
      'test/cli/commands.test.ts',
      'test/cli/exit-codes.test.ts',
      'test/ledger/access',
      'test/operate/compact',
      'test/operate/doctor',
      'test/operate/gc',
      'test/operate/notices/notify.test.ts',
      'test/operate/queue',
      'test/operate/retain',
      'test/landing/ready-cli.test.ts',
      'test/system/operate',
      'test/system/package.test.ts',
      'test/publish/lost-connections.test.ts',
      'test/cli/quarantine/commands.test.ts',
      'test/cli/quarantine/replay.test.ts',
      'test/publish/rollback',
    ],
  },
  report: { paths: ['test/report/browser'] },
  soak: {
    paths: ['test/system/laws/any-order.test.ts', 'test/system/laws/readers.test.ts', 'test/system/laws/soak.test.ts'],
    env: { CASELOAD_SOAK_SECONDS: '60' },
  },
}

/**
 * Parts of the tests. The gate runs two of them again: on PostgreSQL 15, and with other versions of Node. The laws run
 * with cases drawn anew; the gate draws the same ones each time. The proof of the queue runs with more batches, for up to ten
 * minutes.
 */
export const parts = {
  laws: {
    paths: filesIn(['test']).filter(file => readFileSync(join(root, file), 'utf8').includes("from 'fast-check'")),
    env: { CASELOAD_TEST_SEED: 'new' },
  },
  queue: { paths: ['test/system/crash/queue.test.ts'], env: { CASELOAD_CRASH_BATCHES: '200' } },
  postgres15: {
    paths: [
      'test/audit',
      'test/ledger',
      'test/marts',
      'test/operate/compact/merge.test.ts',
      'test/publish/publish.test.ts',
      'test/publish/rollback',
      'test/system/laws/readers.test.ts',
      'test/views/create.test.ts',
      'test/views/samples.test.ts',
    ],
    // Fewer runs of the law: what differs is the server.
    env: { CASELOAD_TEST_POSTGRES: '15', CASELOAD_RUNS: '6' },
  },
  core: {
    paths: [
      'test/cli/closed-streams.test.ts',
      'test/cli/embedded.test.ts',
      'test/read/formats.test.ts',
      'test/read/gzip-forms.test.ts',
      'test/read/laws.test.ts',
      'test/read/many-files.test.ts',
      'test/read/parquet-exact.test.ts',
      'test/stage',
      'test/views/samples.test.ts',
    ],
  },
}

/** The test files in folders and files, each once, in the order of their names. */
export function filesIn(paths) {
  return [...new Set(paths.flatMap(path => below(join(root, path))))].sort()
}

/** The files of `npm test`: all but those of the suites. */
export function quickFiles() {
  const claimed = new Set(filesIn(Object.values(suites).flatMap(suite => suite.paths)))
  return filesIn(['test']).filter(file => !claimed.has(file))
}

function below(path) {
  if (!statSync(path).isDirectory()) return [relative(root, path)]
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.test.ts'))
    .map(name => relative(root, join(path, name)))
}
