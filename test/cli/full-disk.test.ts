import { spawn, type SpawnOptions } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import test from 'ava'
import { type Ended, ended, root } from '../helpers/cli.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'
import { patient, testLanding } from '../helpers/landing.ts'

/** Every write to it fails as on a full disk. */
const full = '/dev/full'
const ifFull = existsSync(full) ? test : test.skip

/** Calls the compiled CLI with one of its streams on a full disk. */
function called(args: readonly string[], stream: 'stdout' | 'stderr', env: Record<string, string>): Promise<Ended> {
  const disk = openSync(full, 'w')
  const options: SpawnOptions = {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', stream === 'stdout' ? disk : 'pipe', stream === 'stderr' ? disk : 'pipe'],
  }
  return ended(spawn(process.execPath, [`${root}dist/bin/caseload.js`, ...args], options))
}

ifFull('a log that cannot be written stops nothing; a lost result is reported in one sentence', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  for (const day of [1, 2]) {
    landing.write(`source_a/2023050${day}/visit_events.json`, JSON.stringify([patient(`P${day}`, 'Avery Sample')]))
  }
  const env = { DATABASE_URL: url, CASELOAD_LANDING: landing.root }
  const runs = (): Promise<Record<string, unknown>[]> =>
    rowsOf(url, 'select batch_date, status from caseload.runs where ended_at is not null order by started_at')
  const backfill = await called(['backfill', '--concurrency', '1'], 'stderr', env)
  t.is(backfill.code, 0)
  t.regex(backfill.stdout, /^2 batches in .*\n2 published\./)
  const both = [
    { batch_date: '2023-05-01', status: 'published' },
    { batch_date: '2023-05-02', status: 'published' },
  ]
  t.deepEqual(await runs(), both)

  const run = await called(['run', 'source_a', '20230502', '--json', '--quiet'], 'stdout', env)
  t.is(run.code, 1)
  t.regex(run.stderr, /^caseload: The result could not be written to standard output \(ENOSPC\).* is published.*\n$/)
  t.deepEqual(await runs(), [both[0], { ...both[1], status: 'replaced' }, both[1]])

  const plan = await called(['plan', '--json', '--log-format', 'json'], 'stdout', env)
  t.is(plan.code, 1)
  const said = JSON.parse(plan.stderr) as Record<string, unknown>
  t.like(said, { level: 'error', exit_code: 1, error: 'OutputError' })
  t.regex(String(said['message']), /^The result could not be written to standard output \(ENOSPC\)\./)

  const failed = await called(['run', 'nosuch', '20230502', '--json'], 'stderr', env)
  t.is(failed.code, 2, 'the code is what the command ended with')
})
