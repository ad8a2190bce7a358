// What the notes for the marts cost a publish: the same day loaded into a database that has marts and into one that has none, in
// turns, neither with a refresh.
//
//   node --import=tsx --conditions=caseload-src bench/notes.ts            5,000,000 readings, 7 turns
//   node --import=tsx --conditions=caseload-src bench/notes.ts 500000 3   fewer
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findServerPaths } from '../pipelines/embedded/paths.ts'
import { ensureServer, stopServer } from '../pipelines/embedded/server.ts'
import { countText } from '../pipelines/platform/count-text.ts'
import { connect } from '../pipelines/platform/postgres.ts'
import { writeReadings } from './readings.ts'
import { median, timed } from './timed.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const rows = Number(process.argv[2] ?? 5_000_000)
const turns = Number(process.argv[3] ?? 7)
const cli = join(root, 'dist/bin/caseload.js')

const work = mkdtempSync(join(process.env['CASELOAD_WORK'] ?? tmpdir(), 'caseload-bench-'))
chmodSync(work, 0o755)
const home = join(work, 'home')
const folder = join(work, 'landing', 'bench_readings', '20230501')
try {
  mkdirSync(folder, { recursive: true })
  await writeReadings(join(folder, 'readings.csv'), rows)
  const server = (await ensureServer({ home })).url
  const environmentOf = async (name: string): Promise<Readonly<Record<string, string>>> => {
    const session = await connect({ url: server, applicationName: 'caseload bench' })
    await session.query(`create database ${name}`).finally(() => session.end())
    const url = new URL(server)
    url.pathname = `/${name}`
    return {
      DATABASE_URL: url.href,
      CASELOAD_LANDING: join(work, 'landing'),
      CASELOAD_SOURCES: join(root, 'bench/sources'),
    }
  }
  const [withMarts, without] = [await environmentOf('bench_with'), await environmentOf('bench_without')]
  const load = async (env: Readonly<Record<string, string>>): Promise<number> =>
    (await timed(process.execPath, [cli, 'run', 'bench_readings', '20230501', '--no-marts', '--quiet'], env)).seconds
  await timed(process.execPath, [cli, 'marts', 'rebuild'], withMarts)
  // The first run on a database creates its tables.
  await load(withMarts)
  await load(without)
  const ratios: number[] = []
  for (let turn = 1; turn <= turns; turn++) {
    const seconds = new Map<object, number>()
    // The second of two finds the disk as the first one left it.
    for (const env of turn % 2 === 0 ? [withMarts, without] : [without, withMarts]) seconds.set(env, await load(env))
    const [noted = NaN, plain = NaN] = [seconds.get(withMarts), seconds.get(without)]
    ratios.push(noted / plain)
    process.stdout.write(`  turn ${turn}: with marts ${noted.toFixed(2)} s, without ${plain.toFixed(2)} s\n`)
  }
  process.stdout.write(`${countText(rows, 'reading')}: median ratio ${median(ratios).toFixed(3)}\n`)
} finally {
  await stopServer({ home })
  // For root the data is in another folder.
  rmSync(findServerPaths(home).root, { recursive: true, force: true })
  rmSync(work, { recursive: true, force: true })
}
