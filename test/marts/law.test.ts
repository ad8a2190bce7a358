import test from 'ava'
import fc from 'fast-check'
import { listViews } from '../../pipelines/ledger/list-views.ts'
import { rebuildMarts } from '../../pipelines/marts/rebuild.ts'
import { refreshMarts } from '../../pipelines/marts/refresh.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { connect, type Session } from '../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../pipelines/platform/sql.ts'
import { publishBatch } from '../../pipelines/publish/publish-batch.ts'
import { rollBack } from '../../pipelines/publish/rollback.ts'
import { unpublish } from '../../pipelines/publish/unpublish.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { mergeMonths, type Rows, stageRun } from '../operate/plan/staging.ts'
import { differences } from './compare.ts'

const tables = ['patients', 'patient_links', 'visits', 'diagnoses', 'treatments', 'procedures', 'measurements'] as const
type TableName = (typeof tables)[number]

type Delivered = Readonly<Partial<Record<TableName | 'measurements_hourly', Rows>>>

/** One step of an installation's life, in source 0 or 1. */
type Step =
  | { readonly kind: 'run'; readonly source: number; readonly day: number; readonly rows: Delivered }
  | { readonly kind: 'rollback' | 'unpublish'; readonly source: number; readonly day: number }
  | {
      readonly kind: 'read'
      readonly source: number
      readonly table: TableName
      readonly delivery: string
      readonly children: string
    }
  | { readonly kind: 'zone'; readonly source: number; readonly zone: string }
  | { readonly kind: 'definition'; readonly runOut: number | null }
  | { readonly kind: 'code'; readonly system: string }
  | { readonly kind: 'compact'; readonly source: number }
  | { readonly kind: 'forget'; readonly source: number }
  | { readonly kind: 'refresh' }

const patient = fc.constantFrom('P1', 'P1', 'P2', 'P3')
const status = fc.constantFrom('active', 'active', 'active', 'active', 'cancelled')
const april = (day: number): string => new Date(Date.UTC(2023, 3, day)).toISOString().slice(0, 10)

const visit = fc
  .record({
    visit_id: fc.constantFrom('V1', 'V1', 'V2', 'V3'),
    patient_id: patient,
    visit_type: fc.constantFrom('inpatient', 'inpatient', 'emergency', 'other'),
    from: fc.integer({ min: 10, max: 32 }),
    days: fc.option(fc.integer({ min: 0, max: 4 }), { freq: 6 }),
    facility: fc.constantFrom('A', 'B'),
    record_status: status,
    silent: fc.boolean(),
  })
  .map(({ from, days, silent, ...row }) => ({
    ...row,
    admitted_at: `${april(from)} 23:30:00+00`,
    discharged_on: days === null ? null : april(from + days),
    silent_on: silent ? ['treatments', 'diagnoses'] : null,
  }))

const visitId = fc.constantFrom('V1', 'V1', 'V2', 'V3')
const child = { patient_id: patient, record_status: status }
const anyVisit = fc.option(visitId, { nil: null, freq: 4 })

const reading = fc.record({
  patient_id: patient,
  measured_at: fc
    .record({ hour: fc.integer({ min: 0, max: 3 }), minute: fc.constantFrom(0, 20, 50) })
    .map(({ hour, minute }) => `2023-05-01 0${hour}:${String(minute).padStart(2, '0')}:00+00`),
  type: fc.constantFrom('heart_rate', 'spo2'),
  value: fc.integer({ min: 60, max: 130 }),
  record_status: status,
})

const unique = <T extends object>(row: fc.Arbitrary<T>, key: (one: T) => string, maxLength = 3): fc.Arbitrary<T[]> =>
  fc.uniqueArray(row, { selector: key, maxLength })

const optional = <T>(rows: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(rows, { nil: undefined, freq: 2 })

const delivered: fc.Arbitrary<Delivered> = fc
  .record({
    patients: optional(
      unique(
        fc.record({ patient_id: patient, name: fc.constantFrom('Sample One', 'Sample Two') }),
        one => one.patient_id,
      ),
    ),
    patient_links: optional(
      unique(fc.record({ patient_id: patient, person_id: fc.constantFrom('X', 'Y') }), one => one.patient_id),
    ),
    visits: optional(unique(visit, one => one.visit_id)),
    diagnoses: optional(
      unique(
        fc.record({
          ...child,
          visit_id: visitId,
          diagnosis_no: fc.constantFrom(0, 1),
          diagnosis_id: fc.constantFrom('D1', 'D2'),
          code_system: fc.constantFrom('ICD-10', 'local'),
          diagnosis_code: fc.constantFrom('I10', 'E11'),
        }),
        one => one.diagnosis_id,
      ),
    ),
    treatments: optional(
      unique(
        fc.record({
          ...child,
          visit_id: anyVisit,
          treatment_id: fc.constantFrom('T1', 'T2'),
          diagnosis_no: fc.constantFrom(0, 1),
          drug: fc.constantFrom('Metformin', 'Ramipril'),
        }),
        one => one.treatment_id,
      ),
    ),
    procedures: optional(
      unique(
        fc.record({
          ...child,
          visit_id: anyVisit,
          procedure_id: fc.constantFrom('R1', 'R2'),
          procedure_code: fc.constantFrom('1-100', '5-200'),
        }),
        one => one.procedure_id,
      ),
    ),
    measurements: optional(unique(reading, one => `${one.patient_id} ${one.measured_at} ${one.type}`, 5)),
    hasAggregates: fc.boolean(),
  })
  .map(({ hasAggregates, ...rows }) => {
    const readings = (rows.measurements ?? []).map(row => ({
      ...row,
      device_id: '',
      reading_no: 0,
      unit: row.type === 'spo2' ? '%' : '/min',
    }))
    const came: Readonly<Record<string, Rows | undefined>> = {
      ...rows,
      ...(rows.measurements === undefined ? {} : { measurements: readings }),
    }
    return {
      ...Object.fromEntries(Object.entries(came).filter(([, some]) => some !== undefined)),
      ...(hasAggregates && rows.measurements !== undefined ? { measurements_hourly: aggregates(readings) } : {}),
    }
  })

interface Reading {
  readonly patient_id: string
  readonly measured_at: string
  readonly type: string
  readonly unit: string
  readonly value: number
  readonly record_status: string
}

/** As a run makes them: one row per hour with a reading, with count 0 where all are withdrawn. */
function aggregates(readings: readonly Reading[]): Rows {
  const hourOf = (one: Reading): string => `${one.measured_at.slice(0, 13)}:00:00+00`
  const keys = [...new Set(readings.map(one => JSON.stringify([one.patient_id, hourOf(one), one.type, one.unit])))]
  return keys.map(key => {
    const [patient_id = '', hour = '', type = '', unit = ''] = JSON.parse(key) as readonly string[]
    const held = readings
      .filter(one => one.patient_id === patient_id && hourOf(one) === hour && one.type === type)
      .filter(one => one.record_status === 'active')
      .map(one => one.value)
    const isNone = held.length === 0
    return {
      patient_id,
      hour,
      type,
      unit,
      count: held.length,
      sum: isNone ? null : held.reduce((sum, value) => sum + value, 0),
      min: isNone ? null : Math.min(...held),
      max: isNone ? null : Math.max(...held),
    }
  })
}

const source = fc.constantFrom(0, 0, 1)
const day = fc.integer({ min: 1, max: 4 })
const run = fc.record({ kind: fc.constant('run' as const), source, day, rows: delivered })

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: run },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('rollback' as const, 'unpublish' as const), source, day }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      source,
      table: fc.constantFrom(...tables),
      delivery: fc.constantFrom('upsert', 'full', 'insert_only'),
      children: fc.constantFrom('document', 'entity'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('zone' as const), source, zone: fc.constantFrom('UTC', 'Asia/Tokyo') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('definition' as const), runOut: fc.constantFrom(3, 30, null) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('code' as const), system: fc.constantFrom('Local A', 'Local B') }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('compact' as const, 'forget' as const), source }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('refresh' as const) }) },
)

const nothing = (): void => undefined
const log = { info: nothing, warn: nothing, error: nothing }
const { signal } = new AbortController()

class Installation {
  readonly #url: string
  readonly #session: Session
  readonly #no: number

  constructor(url: string, session: Session, no: number) {
    this.#url = url
    this.#session = session
    this.#no = no
  }

  readonly #open = (applicationName: string): Promise<Session> => connect({ url: this.#url, applicationName })

  /** Each installation has sources of its own. */
  nameOf(source: number): string {
    return `law${this.#no}_${source}`
  }

  async begin(): Promise<void> {
    for (const source of [0, 1]) {
      await this.#session.query(
        `insert into caseload.sources (source, transformer, class, zone, schedule) values ($1, $1, 'Law', 'UTC', 'daily')`,
        [this.nameOf(source)],
      )
      for (const table of tables) {
        await this.#session.query(
          `insert into caseload.deliveries (source, table_name, delivery) values ($1, $2, 'upsert')`,
          [this.nameOf(source), table],
        )
      }
    }
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'refresh') return this.refresh()
    if (step.kind === 'definition') {
      await this.#session.query(`delete from caseload.readmission_definitions where definition = 'law'`)
      if (step.runOut === null) return
      await this.#session.query(
        `insert into caseload.readmission_definitions (definition, description, window_days, merge_transfers, run_out_days)
         values ('law', 'test', 10, true, $1)`,
        [step.runOut],
      )
      return
    }
    if (step.kind === 'code') {
      await this.#session.query(
        `insert into caseload.code_systems (name, code_system) values ('local', $1)
         on conflict (name) do update set code_system = excluded.code_system`,
        [step.system],
      )
      return
    }
    const source = this.nameOf(step.source)
    if (step.kind === 'compact') return mergeMonths(this.#url, source, '2023-07-01')
    if (step.kind === 'forget') {
      await this.#session.query(
        `delete from caseload.batch_notes where run_id in (select run_id from caseload.runs where source = $1)`,
        [source],
      )
      return
    }
    if (step.kind === 'zone') {
      await this.#session.query('update caseload.sources set zone = $2 where source = $1', [source, step.zone])
      return
    }
    if (step.kind === 'read') {
      const children = ['diagnoses', 'treatments', 'procedures'].includes(step.table) ? step.children : 'document'
      await this.#session.query(
        'update caseload.deliveries set delivery = $3, children = $4 where source = $1 and table_name = $2',
        [source, step.table, step.delivery, children],
      )
      return
    }
    const batch = { source, date: `2023-05-0${step.day}` }
    if (step.kind === 'run') {
      const runId = await stageRun(this.#session, batch, step.rows)
      const isPublished = (): Promise<boolean> => Promise.resolve(false)
      await publishBatch(this.#session, { batch, runId, openSession: this.#open, isPublished, signal, log })
      return
    }
    try {
      if (step.kind === 'rollback') await rollBack({ batch, openSession: this.#open, log, signal, env: {} })
      else await unpublish({ batch, reason: 'test', by: 'test', openSession: this.#open, log, signal })
    } catch (error) {
      // There may be nothing to take away.
      if (!(error instanceof UsageError)) throw error
    }
  }

  async refresh(): Promise<void> {
    await refreshMarts(this.#session, { views: listViews(), signal })
  }

  /** Removes the sources as nobody would: the next refresh finds their batches gone. */
  async end(): Promise<void> {
    for (const source of [0, 1].map(no => this.nameOf(no))) {
      const parents = await this.#session.query<{ name: string }>(
        `select relname as name from pg_catalog.pg_class
         where relnamespace = 'store'::regnamespace and relkind = 'p' and relispartition and relname like '%' || $1`,
        [source],
      )
      for (const { name } of parents.rows) await this.#session.query(`drop table store.${quoteIdent(name)}`)
      for (const table of ['runs', 'pins', 'deliveries', 'sources'])
        await this.#session.query(`delete from caseload.${table} where source = $1`, [source])
    }
    await this.refresh()
  }
}

test('law: after any sequence of changes every mart equals its live view', async t => {
  const { url } = await testDatabase(t)
  let no = 0
  await withSession(url, async session => {
    await session.query('set search_path = pg_catalog, pg_temp')
    await rebuildMarts(session, { views: listViews(), signal })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async steps => {
        const installation = new Installation(url, session, no++)
        await installation.begin()
        try {
          for (const one of steps) {
            await installation.take(one)
            if (one.kind === 'refresh') t.deepEqual(await differences(session), [])
          }
          await installation.refresh()
          t.deepEqual(await differences(session), [])
        } finally {
          await installation.end()
        }
        t.deepEqual(await differences(session), [])
      }),
      { numRuns: Number(process.env['CASELOAD_RUNS'] ?? 25) },
    )
  })
})
