import test from 'ava'
import fc from 'fast-check'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../pipelines/platform/sql.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { publishRun, type Rows, stageRun } from '../operate/plan/staging.ts'

const gone = ['cancelled', 'entered_in_error']

interface Visit {
  readonly visit: string
  readonly patient: string
  readonly status: string
}

/** A diagnosis, procedure or treatment. Its code is unlike that of any other row. */
interface Child {
  readonly id: string
  readonly visit: string | null
  readonly patient: string
  readonly status: string
  readonly code: string
}

/** What one day delivers: undefined for a file that did not come. */
interface Delivery {
  readonly day: number
  readonly visits: readonly Visit[] | undefined
  readonly children: readonly Child[] | undefined
}

interface Table {
  readonly name: 'diagnoses' | 'procedures' | 'treatments'
  readonly kind: 'document' | 'entity'
  readonly rowOf: (child: Child, index: number) => Readonly<Record<string, unknown>>
  readonly code: string
  readonly needsVisit: boolean
}

const ofVisit = ({ patient, visit, status }: Child): Readonly<Record<string, unknown>> => ({
  patient_id: patient,
  visit_id: visit,
  record_status: status,
})

const tables: readonly Omit<Table, 'kind'>[] = [
  {
    name: 'treatments',
    code: 'drug',
    needsVisit: false,
    rowOf: child => ({ ...ofVisit(child), treatment_id: child.id, drug: child.code }),
  },
  {
    name: 'procedures',
    code: 'procedure_code',
    needsVisit: false,
    rowOf: child => ({ ...ofVisit(child), procedure_id: child.id, procedure_code: child.code }),
  },
  {
    name: 'diagnoses',
    code: 'diagnosis_code',
    needsVisit: true,
    rowOf: (child, index) => ({
      ...ofVisit(child),
      diagnosis_no: index,
      diagnosis_id: child.id,
      diagnosis_code: child.code,
    }),
  },
]

const status = fc.constantFrom('active', 'active', 'active', 'active', 'active', 'cancelled')

/** Few patients, visits and ids, so that most draws tell something newer of the same. */
function deliveries(needsVisit: boolean): fc.Arbitrary<readonly Delivery[]> {
  const visit = fc.record({
    visit: fc.constantFrom('V1', 'V1', 'V2'),
    patient: fc.constantFrom('P1', 'P1', 'P2'),
    status,
  })
  const child = fc.record({
    id: fc.constantFrom('C1', 'C2', 'C3'),
    visit: needsVisit ? fc.constantFrom('V1', 'V1', 'V2') : fc.constantFrom('V1', 'V1', 'V1', 'V2', null),
    stranger: fc.constantFrom(false, false, false, false, true),
    status,
  })
  const file = <T>(rows: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(rows, { nil: undefined, freq: 3 })
  const delivery = fc.record({
    day: fc.integer({ min: 1, max: 3 }),
    visits: file(fc.uniqueArray(visit, { selector: one => one.visit, minLength: 1, maxLength: 2 })),
    children: file(fc.uniqueArray(child, { selector: one => one.id, maxLength: 3 })),
  })
  return fc.array(delivery, { minLength: 2, maxLength: 5 }).map(all =>
    all.map((one, no) => ({
      ...one,
      children: one.children?.map(({ stranger, ...row }, index) => {
        const patient = one.visits?.find(({ visit: id }) => id === row.visit)?.patient ?? 'P1'
        return { ...row, patient: stranger ? 'P3' : patient, code: `${no}-${index}` }
      }),
    })),
  )
}

/** What the store holds at the end: of each day, what was delivered last. */
function held(all: readonly Delivery[]): readonly Delivery[] {
  return [...new Map(all.map(one => [one.day, one])).values()].sort((a, b) => a.day - b.day)
}

const newest = <T>(found: readonly T[]): T | undefined => found.at(-1)

/** The rows that are true now, by the rule in plain loops: `patient visit code`. */
function expected(all: readonly Delivery[], kind: Table['kind']): readonly string[] {
  const days = held(all)
  const latest = new Map(days.flatMap(one => (one.visits ?? []).map(visit => [visit.visit, visit] as const)))
  const isCurrent = (visit: Visit | undefined): boolean => visit !== undefined && !gone.includes(visit.status)
  const rows = days.flatMap(({ day, children = [] }) => children.map(row => ({ ...row, day })))
  const line = (row: Child, patient = row.patient): string => `${patient} ${String(row.visit)} ${row.code}`
  const own = rows.filter(row => {
    const isSame = (other: Child): boolean =>
      other.id === row.id && (kind === 'entity' || other.patient === row.patient)
    return !rows.some(other => isSame(other) && other.day > row.day) && !gone.includes(row.status)
  })
  if (kind === 'entity') {
    return own
      .filter(row => row.visit === null || !latest.has(row.visit) || isCurrent(latest.get(row.visit)))
      .map(row => line(row, latest.get(row.visit ?? '')?.patient))
  }
  const documents = [...latest.values()].filter(isCurrent).flatMap(visit => {
    const versions = days.flatMap(one =>
      one.children === undefined
        ? []
        : (one.visits ?? []).filter(v => v.visit === visit.visit).map(v => ({ ...v, ...one, patient: v.patient })),
    )
    const told = newest(versions)
    return (told?.children ?? [])
      .filter(row => row.visit === visit.visit && row.patient === told?.patient && !gone.includes(row.status))
      .map(row => line(row, visit.patient))
  })
  return [...documents, ...own.filter(row => row.visit === null).map(row => line(row))]
}

/** Why a row of the store is in no view, if something newer or a cancellation says so. */
function isSettled(row: Child & { readonly day: number }, all: readonly Delivery[], kind: Table['kind']): boolean {
  const days = held(all)
  if (gone.includes(row.status)) return true
  const newer = days.filter(one => one.day > row.day)
  if (newer.some(one => one.children?.some(other => other.id === row.id))) return true
  const latest = newest(days.flatMap(one => (one.visits ?? []).filter(v => v.visit === row.visit)))
  if (latest !== undefined && gone.includes(latest.status)) return true
  // A newer document that could have held it.
  return (
    kind === 'document' &&
    newer.some(one => one.children !== undefined && one.visits?.some(v => v.visit === row.visit) === true)
  )
}

async function publish(session: Session, table: Table, { day, visits: came, children }: Delivery): Promise<void> {
  const batch = { source: 'feed', date: `2023-05-0${day}` }
  const silent_on = children === undefined ? [table.name] : null
  const visitRows: Rows = (came ?? []).map(one => ({
    patient_id: one.patient,
    visit_id: one.visit,
    record_status: one.status,
    silent_on,
  }))
  const rows = (children ?? []).map(table.rowOf)
  const run = await stageRun(session, batch, {
    ...(came === undefined ? {} : { visits: visitRows }),
    ...(children === undefined ? {} : { [table.name]: rows }),
  })
  await publishRun(session, run)
}

async function shown(session: Session, { name, code }: Table): Promise<readonly string[]> {
  const view = name === 'treatments' ? 'current_treatments' : `current_${name}`
  const found = await session.query<{ line: string }>(
    `select concat_ws(' ', patient_id, coalesce(visit_id, 'null'), ${quoteIdent(code)}) as line from clinical.${view}`,
  )
  return found.rows.map(row => row.line).sort()
}

/** `day patient visit` of the rows that the view orphans counts. */
async function orphans(session: Session, { name }: Table): Promise<readonly string[]> {
  const found = await session.query<{ line: string }>(
    `select concat_ws(' ', extract(day from batch_date), patient_id, visit_id) as line
     from clinical.orphans
     where child_table = $1 and parent_table = 'visits'`,
    [name],
  )
  return found.rows.map(row => row.line)
}

for (const kind of ['document', 'entity'] as const) {
  for (const one of tables) {
    const table = { ...one, kind }
    test(`law: ${table.name} as ${kind}: a row leaves the views only because something newer says so`, async t => {
      const { url } = await testDatabase(t)
      await withSession(url, session =>
        fc.assert(
          fc.asyncProperty(deliveries(table.needsVisit), async all => {
            await session.query('begin')
            try {
              await session.query(
                `insert into caseload.sources (source, transformer, class, zone, schedule) values ('feed', 'feed', 'Feed', 'UTC', 'daily')`,
              )
              await session.query(
                `insert into caseload.deliveries (source, table_name, delivery, children)
                 values ('feed', 'visits', 'upsert', 'document'), ('feed', $1, 'upsert', $2)`,
                [table.name, kind],
              )
              for (const delivery of all) await publish(session, table, delivery)
              const seen = await shown(session, table)
              t.deepEqual(seen, [...expected(all, kind)].sort())
              const listed = await orphans(session, table)
              for (const day of held(all)) {
                for (const row of day.children ?? []) {
                  const isSeen = seen.some(line => line.endsWith(` ${row.code}`))
                  const isListed = listed.includes(`${day.day} ${row.patient} ${String(row.visit)}`)
                  const isRight = isSeen || isListed || isSettled({ ...row, day: day.day }, all, kind)
                  t.true(isRight, `${row.code} is nowhere`)
                }
              }
            } finally {
              await session.query('rollback')
            }
          }),
          { numRuns: Number(process.env['CASELOAD_RUNS'] ?? 25) },
        ),
      )
    })
  }
}
