import test from 'ava'
import fc from 'fast-check'
import { badCountQuery } from '../../pipelines/audit/check-query.ts'
import { shippedChecks } from '../../pipelines/audit/check-file.ts'
import { canonical } from '../../pipelines/contract/tables/canonical.ts'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { check, resultOf, type Rows, shipped, stage } from './batches.ts'

const everyTable = Object.fromEntries(canonical.map(contract => [contract.table, [] as Rows]))

test('every shipped check is a query over the canonical tables, and no row breaks none', async t => {
  const { url } = await testDatabase(t)
  const sql = shippedChecks()
  t.true(sql.length >= 5)
  await withSession(url, async session => {
    const results = await check(session, await stage(session, everyTable), { sql })
    t.deepEqual([...new Set(results.map(one => one.outcome))], ['pass'])
    t.is(results.length, sql.length + canonical.length)
  })
})

test('no shipped check refuses a batch', t => {
  t.deepEqual([...new Set(shippedChecks().map(one => one.severity))], ['warn'])
})

/** Bad rows of one shipped check over rows of its table. */
async function badRows(session: Session, name: string, rows: Rows): Promise<number> {
  const sql = shipped(name)
  const staged = await stage(session, { [sql.table]: rows })
  return resultOf(await check(session, staged, { sql: [sql] }), name).badRows
}

const visit = (id: string, more: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  patient_id: 'P1',
  visit_id: id,
  visit_type: 'inpatient',
  record_status: 'active',
  ...more,
})

test('a stay of more than a year is noted', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const rows = [
      visit('year', { admitted_at: '2022-01-01T10:00:00Z', discharged_at: '2023-01-01T10:00:00Z' }),
      visit('longer', { admitted_at: '2022-01-01T10:00:00Z', discharged_at: '2023-01-03T10:00:00Z' }),
      visit('longer in days', { admitted_on: '2022-01-01', discharged_on: '2023-01-03' }),
      visit('cancelled', { admitted_on: '2012-01-01', discharged_on: '2023-01-03', record_status: 'cancelled' }),
      visit('open', { admitted_on: '2012-01-01' }),
    ]
    t.is(await badRows(session, 'long_stays', rows), 2)
  })
})

test('two stays of one patient at once are noted, a stay in intensive care within another is not', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const stay = (id: string, from: string, to: string, more = {}): Readonly<Record<string, unknown>> =>
      visit(id, { admitted_at: `2023-05-${from}T10:00:00Z`, discharged_at: `2023-05-${to}T10:00:00Z`, ...more })
    const rows = [
      stay('long', '01', '20'),
      stay('within', '02', '03'),
      stay('also within, though not of the one before it', '05', '06'),
      stay('begins as it ends', '20', '21'),
      stay('intensive care', '07', '08', { visit_type: 'icu' }),
      stay('cancelled', '09', '10', { record_status: 'cancelled' }),
      stay('of another patient', '11', '12', { patient_id: 'P2' }),
    ]
    t.is(await badRows(session, 'overlapping_stays', rows), 2)
  })
})

test('birth dates that look like a default are noted', async t => {
  const { url } = await testDatabase(t)
  const day = (index: number): string => new Date(Date.UTC(1950, 0, 1 + index)).toISOString().slice(0, 10)
  const patients = (count: number, birthDate: (index: number) => string | null, name: string): Rows =>
    Array.from({ length: count }, (_, index) => ({ patient_id: `${name}${index}`, birth_date: birthDate(index) }))
  await withSession(url, async session => {
    const spread = patients(800, day, 'spread')
    t.is(await badRows(session, 'default_birth_dates', spread), 0)
    t.is(await badRows(session, 'default_birth_dates', [...spread, ...patients(3, () => '1900-01-01', 'old')]), 3)
    const many = patients(12, () => '1970-01-01', 'epoch')
    t.is(await badRows(session, 'default_birth_dates', [...spread, ...many]), 12)
    t.is(await badRows(session, 'default_birth_dates', [...spread, ...many.slice(0, 8)]), 0)
    t.is(
      await badRows(
        session,
        'default_birth_dates',
        patients(50, () => null, 'none'),
      ),
      0,
    )
  })
})

test('a dose of zero or less is noted', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const doses = [500, 0.5, 0, -20, null]
    const rows = doses.map((dose, index) => ({
      patient_id: 'P1',
      treatment_id: `T${index}`,
      dose_value: dose,
      record_status: 'active',
    }))
    t.is(await badRows(session, 'doses_above_zero', rows), 2)
  })
})

/** A reading at minutes after the start of a day. */
interface Reading {
  readonly patient_id: string
  readonly minute: number
  readonly type: string
  readonly device_id: string
  readonly value: number | null
  readonly unit: string | null
  readonly record_status: string
}

const asRows = (readings: readonly Reading[]): Rows =>
  readings.map(({ minute, ...rest }, index) => ({
    ...rest,
    reading_no: index,
    measured_at: new Date(Date.UTC(2023, 4, 1, 0, minute)).toISOString(),
  }))

const reading = (type: string, unit: string | null, value: number | null, more: Partial<Reading> = {}): Reading => ({
  patient_id: 'P1',
  minute: 0,
  type,
  device_id: 'D1',
  value,
  unit,
  record_status: 'active',
  ...more,
})

test('readings that no body gives are counted by type; the limits themselves are in order', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const staged = await stage(session, {
      measurements: asRows([
        reading('heart_rate', '/min', 0),
        reading('heart_rate', '/min', 390),
        reading('heart_rate', '/min', 391),
        reading('heart_rate', '/min', -1),
        reading('heart_rate', '/h', 9000),
        reading('heart_rate', null, 9000),
        reading('heart_rate', '/min', null),
        reading('heart_rate', '/min', 9000, { record_status: 'entered_in_error' }),
        reading('temperature', 'Cel', 98.6),
        reading('temperature', '[degF]', 98.6),
        reading('shoe_size', '1', 9000),
        reading('spo2', '%', 0.97),
        reading('spo2', '%', 97),
        reading('systolic', 'mmHg', 0),
        reading('respiratory_rate', '/min', 0),
      ]),
    })
    const result = resultOf(await check(session, staged, { sql: [shipped('plausible_values')] }), 'plausible_values')
    t.is(result.outcome, 'warn')
    t.is(result.badRows, 5)
    t.is(result.checkedRows, 15)
    t.is(result.detail, 'by type: heart_rate 2, spo2 1, systolic 1, temperature 1')
  })
})

test('a diastolic pressure not below the systolic one of its patient, moment and device is noted', async t => {
  const { url } = await testDatabase(t)
  const pair = (diastolic: number, systolic: number, other: Partial<Reading> = {}): Rows =>
    asRows([
      reading('diastolic', 'mmHg', diastolic, { minute: 59 }),
      reading('systolic', 'mmHg', systolic, { minute: 59, ...other }),
    ])
  await withSession(url, async session => {
    const bad = (rows: Rows): Promise<number> => badRows(session, 'plausible_values', rows)
    t.is(await bad(pair(80, 120)), 0)
    t.is(await bad(pair(80, 80)), 1)
    t.is(await bad(pair(120, 80)), 1)
    t.is(await bad(pair(120, 80, { device_id: 'D2' })), 0)
    t.is(await bad(pair(120, 80, { patient_id: 'P2' })), 0)
    t.is(await bad(pair(120, 80, { minute: 58 })), 0)
    t.is(await bad(pair(120, 80, { minute: 60 })), 0)
    t.is(await bad(pair(120, 80, { unit: 'kPa' })), 0)
    t.is(await bad(pair(120, 80, { record_status: 'cancelled' })), 0)
    t.is(await bad(pair(500, 80)), 1)
  })
})

const limits: Readonly<Record<string, readonly [number, number]>> = {
  spo2: [10, 100],
  systolic: [10, 375],
  diastolic: [0, 375],
}
const unitOf = (type: string): string => (type === 'spo2' ? '%' : 'mmHg')

/** The rule as its words say it, one reading after the other. */
function isImplausible(one: Reading, all: readonly Reading[]): boolean {
  const { value } = one
  if (value === null || one.unit === null || one.record_status !== 'active') return false
  const [low, high] = limits[one.type] ?? [-Infinity, Infinity]
  if (one.unit === unitOf(one.type) && (value < low || value > high)) return true
  return (
    one.type === 'diastolic' &&
    all.some(
      other =>
        other.type === 'systolic' &&
        other.record_status === 'active' &&
        other.patient_id === one.patient_id &&
        other.minute === one.minute &&
        other.device_id === one.device_id &&
        other.unit === one.unit &&
        other.value !== null &&
        value >= other.value,
    )
  )
}

const anyReading: fc.Arbitrary<Reading> = fc
  .record({
    patient_id: fc.constantFrom('P1', 'P2'),
    minute: fc.constantFrom(59, 60),
    type: fc.constantFrom('spo2', 'systolic', 'diastolic', 'diastolic', 'systolic'),
    device_id: fc.constantFrom('', 'D1'),
    value: fc.constantFrom(-1, 0, 0.97, 40, 80, 120, 120.5, 400, null),
    unit: fc.constantFrom('own', 'own', 'own', 'other', null),
    record_status: fc.constantFrom('active', 'active', 'active', 'entered_in_error'),
  })
  .map(one => ({ ...one, unit: one.unit === 'own' ? unitOf(one.type) : one.unit }))

test('looking at extremes and hours first finds just the readings that each by itself is judged to be', async t => {
  const { url } = await testDatabase(t)
  const sql = shipped('plausible_values')
  await withSession(url, async session => {
    const property = fc.asyncProperty(fc.array(anyReading, { maxLength: 25, minLength: 1 }), async readings => {
      await session.query('begin')
      try {
        const { tables } = await stage(session, { measurements: asRows(readings) })
        const found = await session.query<{ bad: number }>(badCountQuery(sql, tables))
        const bad = found.rows.reduce((sum, row) => sum + row.bad, 0)
        t.is(bad, readings.filter(one => isImplausible(one, readings)).length)
      } finally {
        await session.query('rollback')
      }
    })
    await fc.assert(property, { numRuns: 60 })
  })
})
