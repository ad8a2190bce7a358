import { readFileSync } from 'node:fs'
import test from 'ava'
import fc from 'fast-check'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { root } from '../helpers/cli.ts'
import { createDatabase, type TestDatabase, withSession } from '../helpers/database.ts'

/** A reading in a batch; values that are null stand for a word. */
interface Reading {
  readonly source: string
  readonly day: number
  readonly patient: string
  readonly at: string
  readonly type: string
  readonly unit: string | null
  readonly no: number
  readonly value: number | null
  readonly status: string
}

let database: TestDatabase

test.before(async () => {
  database = await createDatabase()
  const setup = readFileSync(`${root}test/views/measurement-hourly.sql`, 'utf8')
  await withSession(database.url, session => session.query(setup))
})
test.after.always(() => database.drop())

/** Stores readings, and per batch the aggregates that a source makes of them; gives the view's rows, then undoes it all. */
async function hours(session: Session, readings: readonly Reading[], query: string): Promise<readonly unknown[]> {
  await session.query('begin')
  try {
    await session.query(
      `insert into store.measurements (source, batch_date, patient_id, measured_at, type, device_id, reading_no, value,
         value_text, unit, record_status)
       select source, date '2023-05-01' + day, patient, ('2023-05-01 ' || at || '+00')::timestamptz, type, '', no, value,
         case when value is null then 'word' end, unit, status
       from json_to_recordset($1) as r (source text, day integer, patient text, at text, type text, unit text, no integer,
         value numeric, status text)`,
      [JSON.stringify(readings)],
    )
    await session.query(
      `insert into store.measurements_hourly (source, batch_date, patient_id, hour, type, unit, count, sum, min, max)
       select m.source, m.batch_date, m.patient_id, date_trunc('hour', m.measured_at, 'UTC'), m.type,
         coalesce(m.unit, ''), count(m.value) filter (where m.record_status = 'active'),
         sum(m.value) filter (where m.record_status = 'active'), min(m.value) filter (where m.record_status = 'active'),
         max(m.value) filter (where m.record_status = 'active')
       from store.measurements as m
       join caseload.published as p
         on p.source = m.source and p.batch_date = m.batch_date and p.table_name = 'measurements_hourly'
       group by 1, 2, 3, 4, 5, 6`,
    )
    const found = await session.query<{ row: string }>(
      `select row_to_json(v)::text as row from (${query}) as v order by 1`,
    )
    return found.rows.map(({ row }) => JSON.parse(row) as unknown)
  } finally {
    await session.query('rollback')
  }
}

const shown = `select source, patient_id, type, unit, hour, min, max, avg, count from clinical.measurement_hourly`
/** What the view must say, the slow way. */
const expected = `select source, patient_id, type, coalesce(unit, '') as unit,
    date_trunc('hour', measured_at, 'UTC') as hour, min(value), max(value), round(avg(value), 6) as avg, count(value)
  from clinical.current_measurements
  where value is not null
  group by 1, 2, 3, 4, 5`

const reading = fc.record({
  source: fc.constantFrom('ups', 'ful', 'ins', 'raw'),
  day: fc.constantFrom(0, 1, 2),
  patient: fc.constantFrom('P1', 'P2'),
  at: fc.constantFrom('07:30', '07:59:59.999999', '08:00'),
  type: fc.constantFrom('glucose', 'oxygen'),
  unit: fc.constantFrom('mg/dL', 'mmol/L', null),
  no: fc.constantFrom(0, 1),
  value: fc.option(fc.integer({ min: 0, max: 9 })),
  status: fc.constantFrom('active', 'active', 'active', 'entered_in_error', 'cancelled'),
})
const readings = fc.uniqueArray(reading, {
  maxLength: 24,
  selector: ({ source, day, patient, at, type, no }) => [source, day, patient, at, type, no].join('|'),
})

test('an hour is what its current readings are, whatever was delivered again, withdrawn or in another unit', async t => {
  await withSession(database.url, async session => {
    await fc.assert(
      fc.asyncProperty(readings, async delivered => {
        t.deepEqual(await hours(session, delivered, shown), await hours(session, delivered, expected))
      }),
      { numRuns: 60 },
    )
  })
})

const glucose = (day: number, at: string, value: number, more: Partial<Reading> = {}): Reading => ({
  ...{ source: 'ups', day, patient: 'P1', at, type: 'glucose', unit: 'mg/dL', no: 0, value, status: 'active' },
  ...more,
})

test('a reading delivered again counts once, and one withdrawn by another batch not at all', async t => {
  const delivered = [
    glucose(0, '07:10', 100),
    glucose(0, '07:40', 200),
    glucose(1, '07:40', 120),
    glucose(0, '09:00', 90),
    glucose(1, '09:00', 90, { status: 'entered_in_error' }),
    glucose(0, '10:00', 80),
    glucose(0, '10:30', 70, { status: 'entered_in_error' }),
  ]
  await withSession(database.url, async session => {
    const found = await hours(
      session,
      delivered,
      `select extract(hour from hour at time zone 'UTC') as hour, min, max, avg, count from (${shown}) as v`,
    )
    t.deepEqual(found, [
      { hour: 10, min: 80, max: 80, avg: 80, count: 1 },
      { hour: 7, min: 100, max: 120, avg: 110, count: 2 },
    ])
  })
})

test('an hour of one batch is taken from its aggregates: the readings themselves are not read', async t => {
  await withSession(database.url, async session => {
    await session.query('begin')
    await session.query(
      `insert into store.measurements_hourly (source, batch_date, patient_id, hour, type, unit, count, sum, min, max)
       values ('ups', '2023-05-01', 'P1', '2023-05-01 07:00+00', 'glucose', 'mg/dL', 3, 10, 2, 5)`,
    )
    const found = await session.query<{ row: string }>(`select row_to_json(v)::text as row from (${shown}) as v`)
    await session.query('rollback')
    t.deepEqual(
      found.rows.map(({ row }) => JSON.parse(row) as unknown),
      [
        {
          ...{ source: 'ups', patient_id: 'P1', type: 'glucose', unit: 'mg/dL', hour: '2023-05-01T07:00:00+00:00' },
          ...{ min: 2, max: 5, avg: 3.333333, count: 3 },
        },
      ],
    )
  })
})
