// The queue: how long a job waits for its start on an idle queue, and what the queue costs beside a backfill. First n jobs, one at
// a time, on one worker that is idle. Then, in turns, a backfill of 2 batches at a time and 2 workers of one batch at a time, on the
// same small batches, each in a database that has loaded none of them.
//
//   node --import=tsx --conditions=caseload-src bench/queue.ts              100 jobs, 750 batches, 3 turns
//   node --import=tsx --conditions=caseload-src bench/queue.ts 50 100 1     fewer
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findServerPaths } from '../pipelines/embedded/paths.ts'
import { ensureServer, stopServer } from '../pipelines/embedded/server.ts'
import { countText } from '../pipelines/platform/count-text.ts'
import { connect, type Session } from '../pipelines/platform/postgres.ts'
import { quoteIdent } from '../pipelines/platform/sql.ts'
import { median, timed } from './timed.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const [jobs = 100, batches = 750, turns = 3] = process.argv.slice(2).map(Number)
const cli = join(root, 'dist/bin/caseload.js')

const work = mkdtempSync(join(process.env['CASELOAD_WORK'] ?? tmpdir(), 'caseload-bench-'))
chmodSync(work, 0o755)
const home = join(work, 'home')
const landing = join(work, 'landing')

/** A day of one patient each, on 30 sites, as a network of hospitals delivers it. */
function deliver(count: number): void {
  const header = 'mrn,first_name,last_name,birth_date,visit_account_number,visit_date,reason\n'
  for (let at = 0; at < count; at++) {
    const day = new Date(Date.UTC(2023, 0, 1 + Math.floor(at / 30))).toISOString().slice(0, 10).replaceAll('-', '')
    const folder = join(landing, `intake__s${at % 30}`, day)
    mkdirSync(folder, { recursive: true })
    writeFileSync(
      join(folder, 'patient_intake_1.csv'),
      `${header}M${at},Avery,Sample,1990-01-01,V${at},2023-01-01,Cough\n`,
    )
  }
}

/** Runs a command of Caseload to its end. */
const call = async (env: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<number> =>
  (await timed(process.execPath, [cli, ...words, '--quiet'], env)).seconds

/** A new database with the ledger, the tables and the queue. */
async function newDatabase(server: string, name: string): Promise<Readonly<Record<string, string>>> {
  const session = await connect({ url: server, applicationName: 'caseload bench' })
  await session.query(`create database ${quoteIdent(name)}`).finally(() => session.end())
  const url = new URL(server)
  url.pathname = `/${name}`
  const env = { DATABASE_URL: url.href, CASELOAD_LANDING: landing }
  await call(env, 'migrate')
  return env
}

/** Seconds from being queued to being taken, one job after the other, each at another moment of the worker's pause. */
async function waits(server: string): Promise<readonly number[]> {
  const env = await newDatabase(server, 'idle')
  const worker = spawn(process.execPath, [cli, 'worker', '--concurrency', '1', '--quiet'], {
    env: { ...process.env, ...env },
    stdio: 'ignore',
  })
  const session = await connect({ url: env['DATABASE_URL'] ?? '', applicationName: 'caseload bench' })
  try {
    await call(env, 'enqueue', 'intake__s0', '--to', '2023-01-01')
    await untilIdle(session)
    // The first job, as caseload enqueue made it, again and again.
    for (let at = 0; at < jobs; at++) {
      await sleep(Math.random() * 1000)
      await session.query(
        `insert into caseload_queue.job (name, data, singleton_key, retry_limit, expire_in, keep_until, policy)
         select name, data, singleton_key, retry_limit, expire_in, keep_until, policy from caseload_queue.job limit 1`,
      )
      await untilIdle(session)
    }
    const found = await session.query<{ seconds: number }>(
      `select extract(epoch from started_on - created_on)::float8 as seconds from caseload_queue.job
       order by created_on offset 1`,
    )
    return found.rows.map(row => row.seconds)
  } finally {
    await session.end()
    worker.kill('SIGTERM')
    await once(worker, 'exit')
  }
}

async function untilIdle(session: Session): Promise<void> {
  const open = `select from caseload_queue.job where state < 'completed' limit 1`
  while ((await session.query(open)).rows.length > 0) await sleep(20)
}

/** The same batches by a backfill, and by two workers that are started at once; in seconds. */
async function turn(server: string, at: number): Promise<{ readonly backfill: number; readonly queue: number }> {
  const one = await newDatabase(server, `backfill_${at}`)
  const backfill = await call(one, 'backfill', '--concurrency', '2')
  const other = await newDatabase(server, `queue_${at}`)
  const begun = performance.now()
  await call(other, 'enqueue')
  await Promise.all([1, 2].map(() => call(other, 'worker', '--drain', '--concurrency', '1')))
  return { backfill, queue: (performance.now() - begun) / 1000 }
}

/** The value that this part of the values is not above. */
const share = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * part) - 1] ?? NaN

try {
  const { url } = await ensureServer({ home })
  deliver(batches)
  const seconds = await waits(url)
  const ms = (part: number): string => `${Math.round(share(seconds, part) * 1000)} ms`
  process.stdout.write(
    `${countText(seconds.length, 'job')} on an idle queue: start after ${ms(0.5)} (p50), ${ms(0.99)} (p99), ${ms(1)} (longest)\n`,
  )
  const ratios: number[] = []
  for (let at = 1; at <= turns; at++) {
    const { backfill, queue } = await turn(url, at)
    ratios.push(queue / backfill)
    process.stdout.write(
      `${countText(batches, 'batch', 'batches')}: backfill of 2 at a time ${backfill.toFixed(1)} s; enqueue and 2 workers ${queue.toFixed(1)} s\n`,
    )
  }
  process.stdout.write(`median of the backfill: ${median(ratios).toFixed(2)}\n`)
} finally {
  await stopServer({ home })
  // For root the data is in another folder.
  rmSync(findServerPaths(home).root, { recursive: true, force: true })
  rmSync(work, { recursive: true, force: true })
}
