import fc from 'fast-check'
import type { Rows } from '../operate/plan/staging.ts'

/** The tables that the drawn sources deliver. */
export const tables = [
  'patients',
  'patient_links',
  'visits',
  'diagnoses',
  'treatments',
  'procedures',
  'measurements',
] as const
type TableName = (typeof tables)[number]

/** The rows of a run, by table. */
export type Delivered = Readonly<Partial<Record<TableName | 'measurements_hourly', Rows>>>

/** One step of an installation's life, in source 0 or 1. */
export type Step =
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

/** Without the rows that have the key of an earlier one. */
const firstOf = <T>(rows: readonly T[], key: (one: T) => string): T[] =>
  rows.filter((one, no) => rows.findIndex(other => key(other) === key(one)) === no)

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
    visits: optional(unique(visit, one => `${one.patient_id} ${one.visit_id}`)),
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
      ).map(rows => firstOf(rows, one => `${one.patient_id} ${one.visit_id} ${one.diagnosis_no}`)),
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
        one => `${one.patient_id} ${one.treatment_id}`,
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
        one => `${one.patient_id} ${one.procedure_id}`,
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

export const step: fc.Arbitrary<Step> = fc.oneof(
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
