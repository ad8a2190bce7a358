// Our whole run (raw file to published leaf) beside `psql \copy` of the same rows, already clean, into the same table with
// the same primary key, in turns. Prints the ratios; absolute times are this machine's own.
//
//   npm run bench                  5,000,000 rows, 3 turns
//   npm run bench -- 500000 1      fewer
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensureServer, stopServer } from '../pipelines/embedded/server.ts'
import { findPlaces } from '../pipelines/embedded/places.ts'
import { connect } from '../pipelines/postgres.ts'
import { migrate } from '../pipelines/ledger/migrate.ts'
import { createViews } from '../pipelines/views.ts'
import { watchMemory } from './memory.ts'
import { writeReadings } from './readings.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const rows = Number(process.argv[2] ?? 5_000_000)
const turns = Number(process.argv[3] ?? 3)

interface Timed {
  readonly seconds: number
  readonly peakBytes: number
}

async function timed(command: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Timed> {
  const started = process.hrtime.bigint()
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const watch = watchMemory(child.pid ?? 0)
  let complaint = ''
  child.stderr.on('data', chunk => (complaint += String(chunk)))
  const code = await new Promise(resolve => child.on('close', resolve))
  const peakBytes = watch.stop()
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}: ${complaint}`)
  return { seconds: Number(process.hrtime.bigint() - started) / 1e9, peakBytes }
}

async function run(url: string, statement: string): Promise<void> {
  const session = await connect({ url, applicationName: 'caseload bench' })
  await session.query(statement).finally(() => session.end())
}

if (spawnSync('psql', ['--version']).error !== undefined) {
  process.stderr.write('This bench compares with psql, which is not installed: apt-get install postgresql-client\n')
  process.exit(2)
}
const work = mkdtempSync(join(process.env['CASELOAD_WORK'] ?? tmpdir(), 'caseload-bench-'))
chmodSync(work, 0o755)
const home = join(work, 'home')
const folder = join(work, 'landing', 'bench_readings', '20230501')
const csv = join(folder, 'readings.csv')
const given = process.env['DATABASE_URL']
try {
  mkdirSync(folder, { recursive: true })
  process.stdout.write(`Writing ${rows} readings ...\n`)
  await writeReadings(csv, rows)
  process.stdout.write(`${Math.round(statSync(csv).size / 1e6)} MB. ${turns} turns:\n`)
  const url = given ?? (await ensureServer({ home })).url
  const session = await connect({ url, applicationName: 'caseload bench' })
  await migrate(session)
  await createViews(session)
  await session.end()

  const columns = 'patient_id, measured_at, type, device_id, reading_no, value, unit'
  const ratios: number[] = []
  for (let turn = 1; turn <= turns; turn++) {
    await run(url, 'drop schema if exists bench_copy cascade; create schema bench_copy; checkpoint')
    await run(
      url,
      `create table bench_copy.measurements (like store.measurements including all);
       alter table bench_copy.measurements alter source set default 'bench_readings', alter batch_date set default '2023-05-01'`,
    )
    const copy = await timed(
      'psql',
      ['-X', '-q', '-d', url, '-c', `\\copy bench_copy.measurements (${columns}) from '${csv}' csv header`],
      {},
    )
    await run(url, 'drop schema bench_copy cascade; checkpoint')
    const ours = await timed(
      process.execPath,
      [join(root, 'dist/bin/caseload.js'), 'run', 'bench_readings', '20230501'],
      {
        DATABASE_URL: url,
        CASELOAD_LANDING: join(work, 'landing'),
        CASELOAD_SOURCES: join(root, 'bench/sources'),
      },
    )
    ratios.push(ours.seconds / copy.seconds)
    process.stdout.write(
      `  turn ${turn}: caseload ${ours.seconds.toFixed(1)} s, \\copy ${copy.seconds.toFixed(1)} s, ` +
        `ratio ${(ours.seconds / copy.seconds).toFixed(2)}, peak of our processes ${Math.round(ours.peakBytes / 1e6)} MB\n`,
    )
  }
  const median = ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)] ?? NaN
  process.stdout.write(`Median ratio ${median.toFixed(2)} of \\copy, for raw file to published leaf.\n`)
} finally {
  if (given === undefined) {
    await stopServer({ home })
    // As root the data lies elsewhere.
    rmSync(findPlaces(home).root, { recursive: true, force: true })
  }
  rmSync(work, { recursive: true, force: true })
}
