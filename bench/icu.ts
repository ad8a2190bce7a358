// One day of intensive care in a country: 2,000 beds x 5 values x 1,440 minutes = 14.4 million rows. Compares a run
// with all checks and hourly aggregates with `psql \copy` of the same readings, already clean, into a table like the
// one that they go to. Then the same day with several readings per key, which take the exact path.
//
//   node --import=tsx --conditions=caseload-src bench/icu.ts          2,000 beds
//   node --import=tsx --conditions=caseload-src bench/icu.ts 200      fewer
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findServerPaths } from '../pipelines/embedded/paths.ts'
import { ensureServer, stopServer } from '../pipelines/embedded/server.ts'
import { migrate } from '../pipelines/ledger/migrate.ts'
import { countText } from '../pipelines/platform/count-text.ts'
import { connect } from '../pipelines/platform/postgres.ts'
import { createViews } from '../pipelines/ledger/views.ts'
import { writeSignals } from './signals.ts'
import { timed } from './timed.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const beds = Number(process.argv[2] ?? 2000)
const date = '20230501'

if (spawnSync('psql', ['--version']).error !== undefined) {
  process.stderr.write('Expected psql to compare with, found none. Install it: apt-get install postgresql-client\n')
  process.exit(2)
}
const work = mkdtempSync(join(process.env['CASELOAD_WORK'] ?? tmpdir(), 'caseload-bench-'))
chmodSync(work, 0o755)
const home = join(work, 'home')
const landing = join(work, 'landing')
const clean = join(work, 'clean.csv')

async function run(url: string, statement: string): Promise<void> {
  const session = await connect({ url, applicationName: 'caseload bench' })
  await session.query(statement).finally(() => session.end())
}

async function turn(url: string, what: string, repeated: number): Promise<void> {
  const rows = await writeSignals(join(landing, 'icu', date), clean, { beds, repeated })
  await run(url, 'drop schema if exists bench_copy cascade; create schema bench_copy')
  await run(
    url,
    `create table bench_copy.measurements (like store.measurements including all);
     alter table bench_copy.measurements alter source set default 'icu', alter batch_date set default '2023-05-01'`,
  )
  await run(url, 'checkpoint')
  const columns = 'patient_id, measured_at, type, device_id, reading_no, value, unit'
  const statement = `\\copy bench_copy.measurements (${columns}) from '${clean}' with (format csv, header, force_not_null (device_id))`
  const copy = await timed('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', url, '-c', statement], {})
  await run(url, 'drop schema bench_copy cascade')
  await run(url, 'checkpoint')
  const ours = await timed(process.execPath, [join(root, 'dist/bin/caseload.js'), 'run', 'icu', date], {
    DATABASE_URL: url,
    CASELOAD_LANDING: landing,
  })
  process.stdout.write(
    `${what}, ${countText(rows, 'row')}: caseload ${ours.seconds.toFixed(1)} s, \\copy ${copy.seconds.toFixed(1)} s, ` +
      `ratio ${(ours.seconds / copy.seconds).toFixed(2)}, peak memory of caseload ${Math.round(ours.peakBytes / 1e6)} MB\n`,
  )
}

try {
  const { url } = await ensureServer({ home })
  const session = await connect({ url, applicationName: 'caseload bench' })
  await migrate(session)
  await createViews(session)
  await session.end()
  await turn(url, 'unique keys', 0)
  await turn(url, 'repeated keys', 1000)
} finally {
  await stopServer({ home })
  // For root the data is in another folder.
  rmSync(findServerPaths(home).root, { recursive: true, force: true })
  rmSync(work, { recursive: true, force: true })
}
