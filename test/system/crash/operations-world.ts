import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { type Batch, compactDate } from '../../../pipelines/source/batch.ts'
import { type CallOptions, caseload } from '../../helpers/cli.ts'
import { testDatabase, withSession } from '../../helpers/database.ts'
import { deliver, type VisitEvents, visitEvents } from '../laws/landing.ts'
import { batchesSeen, nameOf, quarantineSeen } from './operations-seen.ts'

/** The two contents that every day of these tests was ever delivered with. */
export const contents = ['a', 'b'] as const

/** One of them. */
export type Content = (typeof contents)[number]

/** The days of one month that are over, and one between them on which nothing was delivered. */
export const month = { first: '2023-04-05', empty: '2023-04-07', last: '2023-04-08', nextBegins: '2023-05-01' } as const

/** Every batch that is delivered. */
export const batches: readonly Batch[] = [
  ...['2023-04-05', '2023-04-06', '2023-04-08'].map(date => ({ source: 'source_a', date })),
  ...['2023-04-06', '2023-04-08'].map(date => ({ source: 'icu', date })),
]

/** How many replaced versions of a batch are kept. */
export const versionsKept = 2

/** What readers may see of a batch with a content. */
export interface Legal {
  readonly rows: string
  readonly quarantine: string
}

/** A database in which every batch is published with content `a`, and what may ever be seen in it. */
export interface OperationsWorld {
  readonly url: string
  /** The landing root of each content: no file changes while it is read. */
  readonly landings: Readonly<Record<Content, string>>
  /** By the name of the batch, see `nameOf`. */
  readonly legal: ReadonlyMap<string, Readonly<Record<Content, Legal>>>
  /** CASELOAD_WORK. */
  readonly work: string
  /** What commands are called with. */
  readonly options: CallOptions
}

/** Delivers both contents and loads each into a database that nothing else happens to. */
export async function makeOperationsWorld(t: ExecutionContext): Promise<OperationsWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'caseload-operations-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  const landings = { a: join(folder, 'a'), b: join(folder, 'b') }
  const work = join(folder, 'work')
  mkdirSync(work, { mode: 0o700 })
  const { url } = await testDatabase(t)
  const clean = await testDatabase(t)
  // Two versions to go back to, or most rollbacks would find none.
  const envOf = { CASELOAD_WORK: work, CASELOAD_RETRIES: '2', CASELOAD_KEEP: String(versionsKept) }
  const seen = {
    a: await load(landings.a, 'a', { url, env: envOf }),
    b: await load(landings.b, 'b', { url: clean.url, env: envOf }),
  }
  const legal = new Map(
    batches.map(nameOf).map(name => {
      const of = (content: Content): Legal => seen[content].get(name) ?? { rows: 'nothing', quarantine: 'nothing' }
      return [name, { a: of('a'), b: of('b') }]
    }),
  )
  for (const [name, { a, b }] of legal) t.not(a.rows, b.rows, `${name}: two contents`)
  return { url, landings, legal, work, options: { url, env: envOf } }
}

async function load(root: string, content: Content, options: CallOptions): Promise<ReadonlyMap<string, Legal>> {
  for (const [index, batch] of batches.entries()) {
    if (batch.source === 'icu') deliverIcu(root, batch, content)
    else deliver(root, batch, eventsOf(index, content))
  }
  const backfill = await caseload(['backfill', '--concurrency', '2', '--quiet', '--landing', root], options)
  if (backfill.code !== 0) throw new Error(`the first load ended with ${backfill.code}: ${backfill.stderr}`)
  return withSession(options.url ?? '', async session => {
    const rows = await batchesSeen(session)
    const quarantine = await quarantineSeen(session)
    return new Map(
      [...rows].map(([name, seen]) => [name, { rows: seen, quarantine: quarantine.get(name) ?? 'nothing' }]),
    )
  })
}

/** One visit is on a day that there is not. Of one batch the second content has no treatment, and so no leaf for them. */
function eventsOf(index: number, content: Content): readonly VisitEvents[] {
  const events = visitEvents({ seed: index * 2 + contents.indexOf(content), patients: 12, mark: `content ${content}` })
  return events.map((event, place) => ({
    ...event,
    visits: event.visits.map(visit => ({
      ...visit,
      date: place === 0 ? '2023-02-30' : visit.date,
      diagnoses: visit.diagnoses.map(one => (index === 1 && content === 'b' ? { ...one, treatments: [] } : one)),
    })),
  }))
}

/** Of the last day the second content names nobody, and so has no leaf of patients and visits. */
function deliverIcu(root: string, batch: Batch, content: Content): void {
  const folder = join(root, batch.source, compactDate(batch.date))
  mkdirSync(folder, { recursive: true })
  const write = (name: string, lines: readonly string[]): void => {
    writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
  }
  const [age, rate] = content === 'a' ? [50, 70] : [60, 90]
  const patients = Array.from({ length: content === 'a' ? 5 : 8 }, (_, index) => `P-I-${index}`)
  const { date } = batch
  if (content === 'a' || date !== month.last) {
    write('age.csv', ['patient_id,age', ...patients.map((id, index) => `${id},${age + index}`)])
    write('admission.csv', [
      'patient_id,admission_id,admitted_at,discharged_at,admission_type,unit',
      ...patients.map((id, index) => `${id},A-${index},${date}T06:00:00Z,,urgent,ICU ${content}`),
    ])
  }
  write('signal.csv', [
    'patient_id,measured_at,parameter,value',
    ...patients.map((id, index) => `${id},${date}T08:0${index}:00Z,heart_rate,${rate + index}`),
    `P-I-0,${date}T09:00:00Z,heart_rate,content ${content}`,
  ])
}
