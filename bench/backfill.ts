// The gain of a backfill's processes: the same days of icu, loaded by consecutive `caseload run`, by a backfill with
// one batch at a time, and by a backfill with one batch per core; in turns, on one server.
//
//   node --import=tsx --conditions=caseload-src bench/backfill.ts            12 days, 3 turns
//   node --import=tsx --conditions=caseload-src bench/backfill.ts 28 1       more days, fewer turns
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findServerPaths } from '../pipelines/embedded/paths.ts'
import { ensureServer, stopServer } from '../pipelines/embedded/server.ts'
import { countText } from '../pipelines/platform/count-text.ts'
import { connect } from '../pipelines/platform/postgres.ts'
import { median, type Timed, timed } from './timed.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const days = Number(process.argv[2] ?? 12)
const turns = Number(process.argv[3] ?? 3)
const cli = join(root, 'dist/bin/caseload.js')
const cores = availableParallelism()

const work = mkdtempSync(join(process.env['CASELOAD_WORK'] ?? tmpdir(), 'caseload-bench-'))
chmodSync(work, 0o755)
const home = join(work, 'home')
const landing = join(work, 'landing')
const first = '2023-01-01'
const dates = Array.from({ length: days }, (_, i) => new Date(Date.UTC(2023, 0, 1 + i)).toISOString().slice(0, 10))

/** Consecutive runs. */
async function runByRun(env: Readonly<Record<string, string>>): Promise<number> {
  let seconds = 0
  for (const date of dates)
    seconds += (await timed(process.execPath, [cli, 'run', 'icu', date, '--quiet'], env)).seconds
  return seconds
}

function backfill(env: Readonly<Record<string, string>>, concurrency: number): Promise<Timed> {
  const args = ['backfill', 'icu', '--reprocess', 'all', '--concurrency', String(concurrency), '--quiet']
  return timed(process.execPath, [cli, ...args], env)
}

try {
  const { url } = await ensureServer({ home })
  const env = { DATABASE_URL: url, CASELOAD_LANDING: landing }
  const options = ['--source', 'icu', '--date', first, '--days', String(days), '--patients', '40', '--landing', landing]
  await timed(
    process.execPath,
    ['--import=tsx', '--conditions=caseload-src', join(root, 'tools/generate/main.ts'), ...options],
    {},
  )
  await runByRun(env)
  const ratios: { readonly one: number; readonly all: number }[] = []
  for (let turn = 1; turn <= turns; turn++) {
    const session = await connect({ url, applicationName: 'caseload bench' })
    await session.query('checkpoint').finally(() => session.end())
    const each = await runByRun(env)
    const one = await backfill(env, 1)
    const all = await backfill(env, cores)
    ratios.push({ one: one.seconds / each, all: all.seconds / each })
    process.stdout.write(
      `${countText(days, 'batch', 'batches')}: run by run ${each.toFixed(1)} s; backfill of 1 at a time ${one.seconds.toFixed(1)} s, ` +
        `${Math.round(one.peakBytes / 1e6)} MB; of ${cores} ${all.seconds.toFixed(1)} s, ${Math.round(all.peakBytes / 1e6)} MB\n`,
    )
  }
  const of = (pick: (ratio: { one: number; all: number }) => number): string => median(ratios.map(pick)).toFixed(2)
  process.stdout.write(
    `median of run by run: 1 at a time ${of(one => one.one)}, ${cores} at a time ${of(one => one.all)}\n`,
  )
} finally {
  await stopServer({ home })
  // For root the data is in another folder.
  rmSync(findServerPaths(home).root, { recursive: true, force: true })
  rmSync(work, { recursive: true, force: true })
}
