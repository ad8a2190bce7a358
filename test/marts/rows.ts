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
export type TableName = (typeof tables)[number]

/** The rows of a run, by table. */
export type Delivered = Readonly<Partial<Record<TableName | 'measurements_hourly', Rows>>>

const record_status = fc.constantFrom('active', 'active', 'active', 'active', 'cancelled')
const april = (day: number): string => new Date(Date.UTC(2023, 3, day)).toISOString().slice(0, 10)

/**
 * A patient with the id of a visit and of an entity. It shares ids with its neighbours alone: so there are patients whose rows
 * do not depend on each other, and some that do over a third one.
 */
const holder = fc
  .record({
    patient: fc.constantFrom(1, 1, 2, 2, 3, 4),
    visit: fc.constantFrom(0, 0, 1),
    entity: fc.constantFrom(0, 0, 1),
  })
  .map(({ patient, visit, entity }) => ({
    patient_id: `P${patient}`,
    visit_id: `V${patient + visit}`,
    entity_id: `${patient + entity}`,
  }))
const patient_id = holder.map(one => one.patient_id)

const patient = fc.record({
  patient_id,
  name: fc.constantFrom('Sample One', 'Sample Two'),
  deceased_at: fc.option(fc.constantFrom('2023-04-04 12:00:00+00', '2023-04-29 12:00:00+00'), { nil: null, freq: 1 }),
})

const link = fc.record({ patient_id, person_id: fc.constantFrom('X', 'Y') })

// The batches are of the first days of May: a stay ends about 30 days or about 3 days before, as the run-outs of the definitions.
const visit = fc
  .record({
    holder,
    visit_type: fc.constantFrom('inpatient', 'inpatient', 'inpatient', 'emergency', 'icu'),
    from: fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 1, max: 3 }) },
      { weight: 3, arbitrary: fc.integer({ min: 24, max: 31 }) },
      // A year before: how far back the models can look.
      { weight: 1, arbitrary: fc.integer({ min: -364, max: -360 }) },
    ),
    days: fc.option(fc.integer({ min: 0, max: 4 }), { freq: 6 }),
    facility: fc.constantFrom('A', 'B'),
    record_status,
  })
  .map(({ holder: { patient_id, visit_id }, from, days, ...row }) => ({
    ...row,
    patient_id,
    visit_id,
    admitted_at: `${april(from)} 23:30:00+00`,
    discharged_on: days === null ? null : april(from + days),
  }))

const diagnosis = fc
  .record({
    holder,
    diagnosis_no: fc.constantFrom(0, 1),
    code_system: fc.constantFrom('ICD-10', 'local'),
    diagnosis_code: fc.constantFrom('I10', 'E11'),
    record_status,
  })
  .map(({ holder: { entity_id, ...ids }, ...row }) => ({ ...row, ...ids, diagnosis_id: `D${entity_id}` }))

const treatment = fc
  .record({
    holder,
    hasVisit: fc.constantFrom(true, true, false),
    diagnosis_no: fc.constantFrom(0, 1),
    drug: fc.constantFrom('Metformin', 'Ramipril'),
    record_status,
  })
  .map(({ holder: { patient_id, visit_id, entity_id }, hasVisit, ...row }) => ({
    ...row,
    patient_id,
    visit_id: hasVisit ? visit_id : null,
    treatment_id: `T${entity_id}`,
  }))

const procedure = fc
  .record({
    holder,
    hasVisit: fc.constantFrom(true, true, false),
    code_system: fc.constantFrom('ICD-10-PCS', 'local'),
    procedure_code: fc.constantFrom('1-100', '5-200'),
    record_status,
  })
  .map(({ holder: { patient_id, visit_id, entity_id }, hasVisit, ...row }) => ({
    ...row,
    patient_id,
    visit_id: hasVisit ? visit_id : null,
    procedure_id: `R${entity_id}`,
  }))

const units = { heart_rate: '/min', spo2: '%', hemoglobin: 'g/L' } as const

// Few patients and hours, and many readings that count in the hour after their own, where a later batch has others.
const reading = fc
  .record({
    patient_id: fc.constantFrom('P1', 'P1', 'P2'),
    hour: fc.constantFrom(0, 1, 1, 2),
    minute: fc.constantFrom(0, 20, 50, 50),
    type: fc.constantFrom('heart_rate', 'spo2', 'spo2', 'hemoglobin'),
    value: fc.integer({ min: 60, max: 130 }),
    record_status,
  })
  .map(({ hour, minute, ...row }) => ({
    ...row,
    measured_at: `2023-05-01 0${hour}:${String(minute).padStart(2, '0')}:00+00`,
    device_id: '',
    reading_no: 0,
    unit: units[row.type],
  }))

/** Which tables came, and with how many rows. */
interface Size {
  readonly tables: fc.Arbitrary<readonly TableName[]>
  /** Whether the others came without rows, or not at all. */
  readonly othersCame: fc.Arbitrary<boolean>
  readonly hasAggregates: fc.Arbitrary<boolean>
  readonly least: number
  readonly most: number
}

const mostly = fc.constantFrom(true, true, true, true, true, false)

/** All tables, many rows: what an installation has before the changes. */
export const wholeRun = delivered({
  tables: fc.constant(tables),
  othersCame: fc.constant(true),
  hasAggregates: mostly,
  least: 3,
  most: 6,
})

/** Only what says who is who and was where when. */
export const personRun = delivered({
  tables: fc.constant(['patients', 'patient_links', 'visits']),
  othersCame: fc.constant(false),
  hasAggregates: mostly,
  least: 2,
  most: 4,
})

/** A few rows, so that a refresh finds most patients untouched. */
export const smallRun = delivered({
  tables: fc.array(fc.constantFrom(...tables, 'visits', 'treatments', 'measurements'), { minLength: 1, maxLength: 2 }),
  othersCame: fc.constantFrom(false, false, true),
  hasAggregates: mostly,
  least: 1,
  most: 2,
})

function delivered({ least, most, ...size }: Size): fc.Arbitrary<Delivered> {
  const rows = <T extends object>(row: fc.Arbitrary<T>, ...keys: readonly ((one: T) => string)[]): fc.Arbitrary<T[]> =>
    fc.array(row, { minLength: least, maxLength: most }).map(all => keys.reduce((left, key) => firstOf(left, key), all))
  return fc
    .record({
      tables: size.tables,
      othersCame: size.othersCame,
      hasAggregates: size.hasAggregates,
      rows: fc.record<Record<TableName, Rows>>({
        patients: rows(patient, one => one.patient_id),
        patient_links: rows(link, one => one.patient_id),
        visits: rows(visit, one => `${one.patient_id} ${one.visit_id}`),
        diagnoses: rows(
          diagnosis,
          one => one.diagnosis_id,
          one => `${one.patient_id} ${one.visit_id} ${one.diagnosis_no}`,
        ),
        treatments: rows(treatment, one => `${one.patient_id} ${one.treatment_id}`),
        procedures: rows(procedure, one => `${one.patient_id} ${one.procedure_id}`),
        measurements: rows(reading, one => `${one.patient_id} ${one.measured_at} ${one.type}`),
      }),
    })
    .map(drawn => {
      const came = tables.filter(table => drawn.othersCame || drawn.tables.includes(table))
      const silent = (['treatments', 'diagnoses', 'procedures'] as const).filter(table => !came.includes(table))
      const all: Record<string, Rows> = Object.fromEntries(
        came.map(table => [table, drawn.tables.includes(table) ? drawn.rows[table] : []] as const),
      )
      if (all['visits'] !== undefined && silent.length > 0)
        all['visits'] = all['visits'].map(row => ({ ...row, silent_on: silent }))
      if (all['measurements'] !== undefined && drawn.hasAggregates)
        all['measurements_hourly'] = aggregates(all['measurements'] as readonly Reading[])
      return all
    })
}

/** Without the rows that have the key of an earlier one. */
function firstOf<T>(rows: readonly T[], key: (one: T) => string): T[] {
  return rows.filter((one, no) => rows.findIndex(other => key(other) === key(one)) === no)
}

type Reading = typeof reading extends fc.Arbitrary<infer T> ? T : never

/**
 * As a run makes them: one row per hour with a reading, with count 0 where all are withdrawn. The largest value is one too
 * high, to tell apart whether a view takes an hour from here or from the readings.
 */
function aggregates(readings: readonly Reading[]): Rows {
  const hourOf = (one: Reading): string => `${one.measured_at.slice(0, 13)}:00:00+00`
  const keyOf = (one: Reading): string => `${one.patient_id} ${hourOf(one)} ${one.type}`
  return firstOf(readings, keyOf).map(first => {
    const held = readings
      .filter(one => keyOf(one) === keyOf(first) && one.record_status === 'active')
      .map(one => one.value)
    const isNone = held.length === 0
    return {
      patient_id: first.patient_id,
      hour: hourOf(first),
      type: first.type,
      unit: first.unit,
      count: held.length,
      sum: isNone ? null : held.reduce((sum, value) => sum + value, 0),
      min: isNone ? null : Math.min(...held),
      max: isNone ? null : Math.max(...held) + 1,
    }
  })
}
