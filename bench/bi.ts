// The questions of a BI tool on the live views and on the marts, and what a refresh of the marts takes, as the history grows.
//
//   node --import=tsx --conditions=caseload-src bench/bi.ts --days 10,90,365
//
//   --days N,N       days of history at which it measures (default 10,90)
//   --sources N      sources (default 3), each with its own patients
//   --population N   patients of a source (default 20000); each day has 2 in 100 of them, and one in twenty of the patients of
//                    three days before again, corrected, cancelled or moved
//   --beds N         beds of intensive care on the last 3 days, five values a minute each (default 40)
//   --turns N        of each question, of which the median counts (default 3)
//   --live no        leaves the live views out
//   --compact yes    merges the months before the last one into one leaf each before it measures
//
// Ends with one table of all results, of which bench/chart.ts draws a picture.
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findServerPaths } from '../pipelines/embedded/paths.ts'
import { ensureServer, stopServer } from '../pipelines/embedded/server.ts'
import { listViews } from '../pipelines/ledger/list-views.ts'
import { migrate } from '../pipelines/ledger/migrate.ts'
import { createViews } from '../pipelines/ledger/views.ts'
import { rebuildMarts } from '../pipelines/marts/rebuild.ts'
import { refreshMarts } from '../pipelines/marts/refresh.ts'
import { dropMarts } from '../pipelines/marts/status.ts'
import { compact } from '../pipelines/operate/compact/compact.ts'
import { connect, type Session } from '../pipelines/platform/postgres.ts'
import { publishBatch } from '../pipelines/publish/publish-batch.ts'
import { rollBack } from '../pipelines/publish/rollback.ts'
import { unpublish } from '../pipelines/publish/unpublish.ts'
import { questions } from './bi-questions.ts'
import { Results } from './bi-results.ts'
import { median, percentile } from './timed.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '10,90' },
    sources: { type: 'string', default: '3' },
    population: { type: 'string', default: '20000' },
    beds: { type: 'string', default: '40' },
    turns: { type: 'string', default: '3' },
    live: { type: 'string', default: 'yes' },
    compact: { type: 'string', default: 'no' },
  },
})
const population = Number(values.population)
const perDay = Math.round(population / 50)
const sources = Array.from({ length: Number(values.sources) }, (_, no) => `source_${no + 1}`)
const first = Date.UTC(2023, 0, 1)
const dayOf = (number: number): string => new Date(first + number * 86_400_000).toISOString().slice(0, 10)

/** Publishes one day of one source, with the notes that a run takes. */
async function publishDay(session: Session, source: string, number: number): Promise<void> {
  await session.query('select bench.publish_visits($1, $2, $3, $4)', [source, dayOf(number), perDay, population])
  await session.query('select caseload.note_patients($1, $2)', [source, dayOf(number)])
}

async function publishReadings(session: Session, number: number): Promise<void> {
  await session.query(`select bench.publish_readings('icu', $1, $2)`, [dayOf(number), Number(values.beds)])
  await session.query(`select caseload.note_patients('icu', $1)`, [dayOf(number)])
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - started) / 1e9
}

async function ask(session: Session, schema: string, sql: string): Promise<number> {
  await session.query(`set search_path = ${schema}`)
  const seconds: number[] = []
  for (let turn = 0; turn < Number(values.turns); turn++) {
    seconds.push(await secondsOf(() => session.query(`explain (analyze, timing off) ${sql}`)))
  }
  await session.query('set search_path = pg_catalog')
  return median(seconds)
}

interface Change {
  readonly name: string
  readonly change: () => Promise<unknown>
}

/** Changes of an ordinary week; `next` is the number of the next day. */
function changes(session: Session, url: string, next: number): readonly Change[] {
  const openSession = (applicationName: string): Promise<Session> => connect({ url, applicationName })
  const oldest = { batch: { source: 'source_1', date: dayOf(0) }, openSession, log, signal }
  const publishAgain = async (): Promise<unknown> => {
    const found = await session.query<{ run: string }>('select bench.stage_again($1, $2) as run', [
      'source_1',
      dayOf(0),
    ])
    const isPublished = (): Promise<boolean> => Promise.resolve(false)
    return publishBatch(session, { ...oldest, runId: found.rows[0]?.run ?? '', isPublished })
  }
  return [
    { name: 'a rerun of the oldest day', change: publishAgain },
    { name: 'its rollback', change: () => rollBack({ ...oldest, env: {} }) },
    { name: 'the oldest day was unpublished', change: () => unpublish({ ...oldest, reason: 'bench', by: 'bench' }) },
    { name: 'the oldest day was brought back', change: () => rollBack({ ...oldest, env: {} }) },
    {
      name: 'a patient became another person',
      change: async () => {
        await session.query(`select bench.publish_link('source_1', $1, 'P-0000007', 'person')`, [dayOf(next)])
        await session.query(`select caseload.note_patients('source_1', $1)`, [dayOf(next)])
      },
    },
  ]
}

async function bytesOf(session: Session): Promise<{ readonly marts: number; readonly store: number }> {
  const found = await session.query<{ marts: number; store: number }>(
    `select
       sum(pg_total_relation_size(oid)) filter (where relnamespace = 'mart'::regnamespace)::bigint as marts,
       sum(pg_total_relation_size(oid)) filter (where relnamespace = 'store'::regnamespace)::bigint as store
     from pg_catalog.pg_class
     where relkind = 'r'`,
  )
  return found.rows[0] ?? { marts: NaN, store: NaN }
}

const nothing = (): void => undefined
const log = { info: nothing, warn: nothing, error: nothing }
const { signal } = new AbortController()

const work = mkdtempSync(join(process.env['CASELOAD_WORK'] ?? tmpdir(), 'caseload-bench-'))
chmodSync(work, 0o755)
const home = join(work, 'home')
try {
  const { url } = await ensureServer({ home })
  const session = await connect({ url, applicationName: 'caseload bench' })
  await migrate(session)
  await createViews(session)
  await session.query(readFileSync(join(root, 'bench/history.sql'), 'utf8'))
  const options = { views: listViews(), signal }
  const results = new Results(values.days.split(',').map(Number))
  let filled = 0
  let hasMarts = false
  for (const days of values.days.split(',').map(Number)) {
    for (; filled < days; filled++) for (const source of sources) await publishDay(session, source, filled)
    for (let day = days - 3; day < days; day++) await publishReadings(session, day)
    if (values.compact === 'yes') {
      const before = dayOf(days - 31)
      const openSession = (applicationName: string): Promise<Session> => connect({ url, applicationName })
      for (const source of sources) await compact({ source, before, dryRun: false, openSession, signal, log })
    }
    await session.query('analyze')
    const whole = await secondsOf(() => (hasMarts ? refreshMarts(session, options) : rebuildMarts(session, options)))
    results.add(days, hasMarts ? 'refresh of all days since' : 'first build', whole)
    hasMarts = true
    const single: number[] = []
    for (let turn = 0; turn < 10; turn++, filled++) {
      for (const source of sources) {
        await publishDay(session, source, filled)
        single.push(await secondsOf(() => refreshMarts(session, options)))
      }
    }
    const last = single.slice(-30)
    results.add(days, 'refresh after a day of a source, median', median(last))
    results.add(days, 'refresh after a day of a source, p95', percentile(last, 0.95))
    for (const { name, change } of changes(session, url, filled)) {
      await change()
      results.add(days, `refresh after ${name}`, await secondsOf(() => refreshMarts(session, options)))
    }
    filled++
    const space = await bytesOf(session)
    for (const { name, sql } of questions(dayOf(days - 1))) {
      results.add(days, name, await ask(session, 'mart', sql))
      if (values.live !== 'no') results.add(days, name, await ask(session, 'clinical', sql), 'live view')
    }
    await dropMarts(session)
    await rebuildMarts(session, options)
    const { marts, store } = await bytesOf(session)
    results.add(days, 'space of the marts / of the store', space.marts / space.store, 'ratio')
    results.add(days, 'the same after a fresh build', marts / store, 'ratio')
  }
  process.stdout.write(`\n${results.table()}`)
  await session.end()
} finally {
  await stopServer({ home })
  // For root the data is in another folder.
  rmSync(findServerPaths(home).root, { recursive: true, force: true })
  rmSync(work, { recursive: true, force: true })
}
