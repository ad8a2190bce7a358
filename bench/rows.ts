// What row rights cost: the questions of a BI tool as a reader of everything, as a clinician of 400 patients, and as an administrator.
//
//   node --import=tsx --conditions=caseload-src bench/rows.ts --days 60
//
//   --days N         days of history (default 60) of three sources, each day 2 in 100 of their patients
//   --population N   patients of a source (default 20000)
//   --patients N     patients of the clinician (default 400)
//   --turns N        of each question, of which the fastest counts (default 9)
//   --live yes       asks the live views, too
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findServerPaths } from '../pipelines/embedded/paths.ts'
import { ensureServer, stopServer } from '../pipelines/embedded/server.ts'
import { turnRowRightsOn } from '../pipelines/ledger/switch-row-rights.ts'
import { listViews } from '../pipelines/ledger/list-views.ts'
import { migrate } from '../pipelines/ledger/migrate.ts'
import { settleAccess } from '../pipelines/ledger/settle-access.ts'
import { createViews } from '../pipelines/ledger/views.ts'
import { rebuildMarts } from '../pipelines/marts/rebuild.ts'
import { refreshMarts } from '../pipelines/marts/refresh.ts'
import { lockWaitLimits } from '../pipelines/platform/lock-wait.ts'
import { connect, type Session } from '../pipelines/platform/postgres.ts'
import { questions } from './bi-questions.ts'
import { median } from './timed.ts'
import type { Question } from './view-questions.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '60' },
    population: { type: 'string', default: '20000' },
    patients: { type: 'string', default: '400' },
    turns: { type: 'string', default: '9' },
    live: { type: 'string', default: 'no' },
  },
})
const [days, population, patients] = [Number(values.days), Number(values.population), Number(values.patients)]
const sources = ['source_1', 'source_2', 'source_3']
const dayOf = (number: number): string =>
  new Date(Date.UTC(2023, 0, 1) + number * 86_400_000).toISOString().slice(0, 10)

/** Questions of a reader with few patients, and filters that PostgreSQL does not know to be leakproof. */
const more: readonly Question[] = [
  { name: 'all visits that I may see', sql: 'select * from current_visits' },
  { name: 'count of patients', sql: 'select source, count(*) from current_patients group by source' },
  { name: 'a name by ILIKE', sql: `select * from patient_treatment_summary where name ilike 'patient 77%'` },
  { name: 'a numeric above a bound', sql: 'select * from patient_treatment_summary where dose_value > 900' },
  { name: 'visits of facility A', sql: `select count(*) from current_visits where facility = 'A'` },
]

async function publishDay(session: Session, number: number): Promise<void> {
  for (const source of sources) {
    await session.query('select bench.publish_visits($1, $2, $3, $4)', [
      source,
      dayOf(number),
      Math.round(population / 50),
      population,
    ])
    await session.query('select caseload.note_patients($1, $2)', [source, dayOf(number)])
  }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - started) / 1e9
}

/** Who asks, and where. */
interface Reader {
  readonly role: string
  readonly schema: string
}

async function inRole<T>(session: Session, { role, schema }: Reader, work: () => Promise<T>): Promise<T> {
  await session.query(`set search_path = ${schema}`)
  await session.query(`set role ${role}`)
  const done = await work()
  await session.query('reset role')
  await session.query('set search_path = pg_catalog')
  return done
}

/** The fastest answer to each reader; they take turns, so that what else the machine does meets all of them. */
async function ask(session: Session, readers: readonly Reader[], sql: string): Promise<readonly number[]> {
  const best = readers.map(() => Infinity)
  for (let turn = 0; turn < Number(values.turns); turn++) {
    for (const [at, reader] of readers.entries()) {
      const seconds = await inRole(session, reader, () =>
        secondsOf(() => session.query(`explain (analyze, timing off) ${sql}`)),
      )
      best[at] = Math.min(best[at] ?? Infinity, seconds)
    }
  }
  return best
}

async function planOf(session: Session, reader: Reader, sql: string): Promise<string> {
  const plan = await inRole(session, reader, () => session.query(`explain (costs off) ${sql}`))
  return JSON.stringify(plan.rows)
}

const milliseconds = (seconds: number): string => `${(seconds * 1000).toFixed(1)} ms`

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
  for (let day = 0; day < days; day++) await publishDay(session, day)
  for (let day = days - 3; day < days; day++) {
    await session.query(`select bench.publish_readings('icu', $1, 40)`, [dayOf(day)])
    await session.query(`select caseload.note_patients('icu', $1)`, [dayOf(day)])
  }
  const options = { views: listViews(), signal, log }
  await rebuildMarts(session, options)
  const limits = { limits: lockWaitLimits, signal }
  await settleAccess(session, undefined, limits)
  await session.query('reset role')
  await session.query('create role reader login in role caseload_clinical; analyze')
  for (const login of ['clinician', 'administrator', 'head'])
    await session.query(`create role ${login} login in role caseload_care`)
  const all = [...questions(dayOf(days - 1)), ...more]
  const marts = { role: 'reader', schema: 'mart' }
  const plans = new Map<string, string>()
  for (const { name, sql } of all) plans.set(name, await planOf(session, marts, sql))
  let next = days
  /** A refresh after one more day of all sources, as a role; the median of three. */
  const refreshAs = async (role: string): Promise<string> => {
    const seconds: number[] = []
    for (let turn = 0; turn < 3; turn++) {
      await publishDay(session, next++)
      await session.query(`set role ${role}`)
      seconds.push(await secondsOf(() => refreshMarts(session, options)))
      await session.query('reset role')
    }
    return median(seconds).toFixed(2)
  }
  const before = { owner: await refreshAs('caseload_owner'), loader: await refreshAs('caseload_loader') }
  await turnRowRightsOn(session, limits)
  await session.query(
    `select caseload.add_care('clinician', 'patient', p.source, p.patient_id, null, null)
     from (select source, patient_id from mart.current_patients order by md5(patient_id || source) limit $1) as p`,
    [patients],
  )
  await session.query(`select caseload.add_care('administrator', 'all', null, null, null, null)`)
  await session.query(`select caseload.add_care('head', 'facility', 'source_1', 'A', null, null)`)
  const columns = ['question', 'reader', 'clinician', 'administrator', 'one facility', 'plan of the reader']
  process.stdout.write(`${days} days, ${patients} patients of the clinician\n${columns.join(' | ')}\n`)
  const readers = ['reader', 'clinician', 'administrator', 'head'].map(role => ({ role, schema: 'mart' }))
  for (const { name, sql } of all) {
    const [usual = NaN, ...others] = await ask(session, readers, sql)
    const cells = others.map(one => `${milliseconds(one)} (${(one / usual).toFixed(2)})`)
    const isSame = (await planOf(session, marts, sql)) === plans.get(name)
    process.stdout.write([name, milliseconds(usual), ...cells, isSame ? 'as before' : 'changed'].join(' | ') + '\n')
  }
  const live = [
    { role: 'reader', schema: 'clinical' },
    { role: 'clinician', schema: 'care' },
  ]
  for (const { name, sql } of values.live === 'yes' ? all : []) {
    const [open = NaN, barrier = NaN] = await ask(session, live, sql)
    process.stdout.write(
      `live: ${name} | ${milliseconds(open)} | ${milliseconds(barrier)} (${(barrier / open).toFixed(2)})\n`,
    )
  }
  process.stdout.write(
    `refresh after a day: owner ${before.owner} s before, ${await refreshAs('caseload_owner')} s with policies; ` +
      `loader ${before.loader} s before, ${await refreshAs('caseload_loader')} s with policies\n`,
  )
  await session.end()
} finally {
  await stopServer({ home })
  // For root the data is in another folder.
  rmSync(findServerPaths(home).root, { recursive: true, force: true })
  rmSync(work, { recursive: true, force: true })
}
