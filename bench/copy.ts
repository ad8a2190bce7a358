// Compares a whole run (raw file to published leaf) with `psql \copy` of the same rows, already clean, into the same
// table with the same primary key, in turns; on request also with the run of an earlier version. Prints the ratios,
// since absolute times depend on the machine.
//
//   npm run bench                       5,000,000 rows, 3 turns
//   npm run bench -- 500000 1           fewer
//   npm run bench -- 5000000 3 08959e0  also the version of that commit
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findServerPaths } from '../pipelines/embedded/paths.ts'
import { ensureServer, stopServer } from '../pipelines/embedded/server.ts'
import { countText } from '../pipelines/platform/count-text.ts'
import { connect } from '../pipelines/platform/postgres.ts'
import { quoteIdent } from '../pipelines/platform/sql.ts'
import { buildVersion, removeVersion } from './earlier.ts'
import { writeReadings } from './readings.ts'
import { median, timed, type Timed } from './timed.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const rows = Number(process.argv[2] ?? 5_000_000)
const turns = Number(process.argv[3] ?? 3)
const earlierRef = process.argv[4]

async function run(url: string, statement: string): Promise<void> {
  const session = await connect({ url, applicationName: 'caseload bench' })
  await session.query(statement).finally(() => session.end())
}

/** A database for one version, so that the versions do not share a ledger. */
async function database(url: string, name: string): Promise<string> {
  await run(url, `create database ${quoteIdent(name)}`)
  const own = new URL(url)
  own.pathname = `/${name}`
  return own.href
}

if (spawnSync('psql', ['--version']).error !== undefined) {
  process.stderr.write('Expected psql to compare with, found none. Install it: apt-get install postgresql-client\n')
  process.exit(2)
}
const work = mkdtempSync(join(process.env['CASELOAD_WORK'] ?? tmpdir(), 'caseload-bench-'))
chmodSync(work, 0o755)
const home = join(work, 'home')
const folder = join(work, 'landing', 'bench_readings', '20230501')
const csv = join(folder, 'readings.csv')
const earlierFolder = join(work, 'earlier')
const given = process.env['DATABASE_URL']
try {
  mkdirSync(folder, { recursive: true })
  const earlier = earlierRef === undefined ? undefined : earlierFolder
  if (earlierRef !== undefined) buildVersion(root, earlierRef, earlierFolder)
  process.stdout.write(`Writing ${countText(rows, 'reading')} ...\n`)
  await writeReadings(csv, rows)
  process.stdout.write(`${Math.round(statSync(csv).size / 1e6)} MB. ${countText(turns, 'turn')}:\n`)
  const server = given ?? (await ensureServer({ home })).url
  const id = process.pid
  const names = [`caseload_bench_${id}`, ...(earlier === undefined ? [] : [`caseload_bench_earlier_${id}`])]
  const [url = '', earlierUrl = ''] = await Promise.all(names.map(name => database(server, name)))

  // A source imports the package of its own checkout, so each version runs its own copy.
  const caseload = (checkout: string, database: string): Promise<Timed> =>
    timed(process.execPath, [join(checkout, 'dist/bin/caseload.js'), 'run', 'bench_readings', '20230501'], {
      DATABASE_URL: database,
      CASELOAD_LANDING: join(work, 'landing'),
      CASELOAD_SOURCES: join(checkout, 'bench/sources'),
    })
  // The first run on a database creates its tables and views.
  await caseload(root, url)
  if (earlier !== undefined) await caseload(earlier, earlierUrl)

  const columns = 'patient_id, measured_at, type, device_id, reading_no, value, unit'
  const copying = `\\copy bench_copy.measurements (${columns}) from '${csv}' csv header`
  const overCopy: number[] = []
  const overEarlier: number[] = []
  for (let turn = 1; turn <= turns; turn++) {
    await run(
      url,
      `drop schema if exists bench_copy cascade;
       create schema bench_copy;
       create table bench_copy.measurements (like store.measurements including all);
       alter table bench_copy.measurements
         alter source set default 'bench_readings',
         alter batch_date set default '2023-05-01';
       checkpoint`,
    )
    const copy = await timed('psql', ['-X', '-q', '-d', url, '-c', copying], {})
    await run(url, 'drop schema bench_copy cascade; checkpoint')
    const now = await caseload(root, url)
    overCopy.push(now.seconds / copy.seconds)
    const results = [
      `caseload ${now.seconds.toFixed(1)} s`,
      `\\copy ${copy.seconds.toFixed(1)} s`,
      `ratio ${(now.seconds / copy.seconds).toFixed(2)}`,
      `peak memory of caseload ${Math.round(now.peakBytes / 1e6)} MB`,
    ]
    if (earlier !== undefined) {
      await run(earlierUrl, 'checkpoint')
      const before = await caseload(earlier, earlierUrl)
      overEarlier.push(now.seconds / before.seconds)
      results.push(
        `${earlierRef ?? ''} ${before.seconds.toFixed(1)} s, ratio ${(now.seconds / before.seconds).toFixed(2)}`,
      )
    }
    process.stdout.write(`  turn ${turn}: ${results.join(', ')}\n`)
  }
  process.stdout.write(`Median ratio ${median(overCopy).toFixed(2)} of \\copy, for raw file to published leaf.\n`)
  if (earlier !== undefined) {
    process.stdout.write(`Median ratio ${median(overEarlier).toFixed(2)} of ${earlierRef ?? ''}.\n`)
  }
  if (given !== undefined) for (const name of names) await run(given, `drop database ${quoteIdent(name)} with (force)`)
} finally {
  if (given === undefined) {
    await stopServer({ home })
    // For root the data is in another folder.
    rmSync(findServerPaths(home).root, { recursive: true, force: true })
  }
  if (earlierRef !== undefined) removeVersion(root, earlierFolder)
  rmSync(work, { recursive: true, force: true })
}
