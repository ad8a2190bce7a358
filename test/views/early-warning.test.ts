import test, { type ExecutionContext } from 'ava'
import type { Session } from '../../pipelines/postgres.ts'
import { withStays } from './stays.ts'

/** A reading of patient P unless said otherwise; text is the value where it is no number. */
interface Reading {
  readonly type: string
  readonly value: number | string
  readonly unit?: string | null
  /** UTC, default 08:00 on 30 June 2023. */
  readonly at?: string
  readonly device?: string
  readonly patient?: string
  readonly status?: string
}

const units: Readonly<Record<string, string>> = {
  ...{ respiratory_rate: '/min', heart_rate: '/min', spo2: '%', systolic: 'mmHg', temperature: 'Cel', oxygen: 'L/min' },
}

async function addReadings(session: Session, readings: readonly Reading[]): Promise<void> {
  const rows = readings.map(({ type, value, unit, at, device, patient, status }) => ({
    patient: patient ?? 'P',
    at: at ?? '2023-06-30 08:00Z',
    type,
    device: device ?? '',
    number: typeof value === 'number' ? value : null,
    text: typeof value === 'string' ? value : null,
    unit: unit === undefined ? (units[type] ?? null) : unit,
    status: status ?? 'active',
  }))
  await session.query(
    `insert into store.measurements (source, batch_date, patient_id, measured_at, type, device_id, reading_no, value,
       value_text, unit, record_status)
     select 'a', '2023-06-30', patient, at, type, device, 0, number, text, unit, status
     from json_to_recordset($1) as r (patient text, at timestamptz, type text, device text, number numeric, text text,
       unit text, status text)`,
    [JSON.stringify(rows)],
  )
}

type Hour = Readonly<Record<string, unknown>>

async function hours(session: Session): Promise<readonly Hour[]> {
  const found = await session.query<{ hour: string }>(
    `select row_to_json(e)::text as hour from clinical.early_warning as e order by patient_id, hour`,
  )
  return found.rows.map(row => JSON.parse(row.hour) as Hour)
}

async function gives(
  t: ExecutionContext,
  readings: readonly Reading[],
  expected: Readonly<Record<string, unknown>>,
): Promise<void> {
  await withStays(t, async session => {
    await addReadings(session, readings)
    const found = await hours(session)
    t.is(found.length, 1)
    for (const [name, value] of Object.entries(expected)) t.deepEqual(found[0]?.[name], value, name)
  })
}

/** Each 0 points. */
const well: readonly Reading[] = [
  { type: 'respiratory_rate', value: 16 },
  { type: 'spo2', value: 97 },
  { type: 'oxygen', value: 0 },
  { type: 'systolic', value: 120 },
  { type: 'heart_rate', value: 70 },
  { type: 'consciousness', value: 'A' },
  { type: 'temperature', value: 37 },
]

const wellBut = (...changed: readonly Reading[]): readonly Reading[] => [
  ...well.filter(reading => !changed.some(other => other.type === reading.type)),
  ...changed,
]

// The chart of the Royal College of Physicians (2017), SpO2 scale 1: the values at both ends of each of its boxes.
const chart: Readonly<Record<string, readonly (readonly [value: number | string, points: number])[]>> = {
  respiratory_rate: [
    [8, 3],
    [9, 1],
    [11, 1],
    [12, 0],
    [20, 0],
    [21, 2],
    [24, 2],
    [25, 3],
  ],
  spo2: [
    [91, 3],
    [92, 2],
    [93, 2],
    [94, 1],
    [95, 1],
    [96, 0],
    [100, 0],
  ],
  oxygen: [
    [0, 0],
    [0.5, 2],
    [15, 2],
    ['air', 0],
    ['oxygen', 2],
  ],
  systolic: [
    [90, 3],
    [91, 2],
    [100, 2],
    [101, 1],
    [110, 1],
    [111, 0],
    [219, 0],
    [220, 3],
  ],
  heart_rate: [
    [40, 3],
    [41, 1],
    [50, 1],
    [51, 0],
    [90, 0],
    [91, 1],
    [110, 1],
    [111, 2],
    [130, 2],
    [131, 3],
  ],
  consciousness: [
    ['A', 0],
    ['C', 3],
    ['V', 3],
    ['P', 3],
    ['U', 3],
  ],
  temperature: [
    [35, 3],
    [35.1, 1],
    [36, 1],
    [36.1, 0],
    [38, 0],
    [38.1, 1],
    [39, 1],
    [39.1, 2],
  ],
}

test('the points of every box of the chart', async t => {
  await withStays(t, async session => {
    const cells = Object.entries(chart).flatMap(([type, boxes]) =>
      boxes.map(([value, points]) => ({ type, value, points })),
    )
    await addReadings(
      session,
      cells.map(({ type, value }, at) => ({ type, value, patient: `P${String(at).padStart(3, '0')}` })),
    )
    const found = await hours(session)
    t.deepEqual(
      found.map(hour => hour['parts']),
      cells.map(({ type, points }) => ({ [type]: points })),
    )
    t.true(found.every(hour => hour['score'] === null && hour['complete'] === false))
  })
})

// Points: rate 21 (2), SpO2 95 (1), oxygen (2), the rest 0: 5.
test('all seven parameters give a score and a band', async t => {
  await gives(
    t,
    wellBut({ type: 'respiratory_rate', value: 21 }, { type: 'spo2', value: 95 }, { type: 'oxygen', value: 2 }),
    { score: 5, band: 'medium', worst_score: 5, complete: true, missing: [], hour: '2023-06-30T08:00:00+00:00' },
  )
})

test('bands: 0 is low, 3 in one parameter is low_medium, 7 is high', async t => {
  await gives(t, well, { score: 0, band: 'low' })
  await gives(t, wellBut({ type: 'consciousness', value: 'C' }), { score: 3, band: 'low_medium' })
  await gives(t, wellBut({ type: 'heart_rate', value: 111 }, { type: 'spo2', value: 94 }), { score: 3, band: 'low' })
  await gives(
    t,
    wellBut({ type: 'consciousness', value: 'U' }, { type: 'spo2', value: 91 }, { type: 'heart_rate', value: 95 }),
    { score: 7, band: 'high' },
  )
})

for (const absent of ['consciousness', 'oxygen', 'temperature']) {
  // Without it the score is not known; the rate of 21 (2) says that it is at least 2.
  test(`without ${absent} the hour is incomplete`, async t => {
    await gives(
      t,
      wellBut({ type: 'respiratory_rate', value: 21 }).filter(reading => reading.type !== absent),
      {
        score: null,
        band: null,
        worst_score: null,
        worst_band: null,
        complete: false,
        least_score: 2,
        missing: [absent],
      },
    )
  })
}

// Heart rate 70 (0) at 08:05, 135 (3) at 08:10, 95 (1) at 08:59; SpO2 92 (2) at 08:30 and 97 (0) after; temperature 39.5 (2) at 08:00 and
// 37 at 08:59:59. Last: 1 + 0 + 0 = 1. Worst: 3 + 2 + 2 = 7. The 140 at 09:00 is another hour.
test('the last value of the hour and the worst', async t => {
  await withStays(t, async session => {
    await addReadings(session, [
      ...well.filter(reading => !['heart_rate', 'spo2', 'temperature'].includes(reading.type)),
      { type: 'heart_rate', value: 70, at: '2023-06-30 08:05Z' },
      { type: 'heart_rate', value: 135, at: '2023-06-30 08:10Z' },
      { type: 'heart_rate', value: 95, at: '2023-06-30 08:59Z' },
      { type: 'spo2', value: 92, at: '2023-06-30 08:30Z' },
      { type: 'spo2', value: 97, at: '2023-06-30 08:31Z' },
      { type: 'temperature', value: 39.5 },
      { type: 'temperature', value: 37, at: '2023-06-30 08:59:59Z' },
      { type: 'heart_rate', value: 140, at: '2023-06-30 09:00Z' },
    ])
    const found = await hours(session)
    t.deepEqual(
      found.map(hour => [hour['hour'], hour['score'], hour['band'], hour['worst_score'], hour['worst_band']]),
      [
        ['2023-06-30T08:00:00+00:00', 1, 'low', 7, 'high'],
        ['2023-06-30T09:00:00+00:00', null, null, null, null],
      ],
    )
    t.deepEqual(found[1]?.['parts'], { heart_rate: 3 })
  })
})

// At the same moment one device says 70 (0), the other 120 (2): the one with more points counts.
test('of two readings of one moment the worse counts', async t => {
  await gives(t, [...well, { type: 'heart_rate', value: 120, device: 'second' }], { score: 2 })
})

// 20.4 breaths are 20 (0), 20.5 are 21 (2); 38.04 Cel are 38.0 (0), 38.05 are 38.1 (1).
test('values are rounded as the chart prints them', async t => {
  await gives(t, wellBut({ type: 'respiratory_rate', value: 20.4 }, { type: 'temperature', value: 38.04 }), {
    score: 0,
  })
  await gives(t, wellBut({ type: 'respiratory_rate', value: 20.5 }, { type: 'temperature', value: 38.05 }), {
    score: 3,
  })
})

test('a value in another unit or of another word is missing, as is one that was withdrawn', async t => {
  await gives(t, wellBut({ type: 'temperature', value: 98.6, unit: '[degF]' }), {
    score: null,
    missing: ['temperature'],
  })
  await gives(t, wellBut({ type: 'heart_rate', value: 70, unit: null }), { score: null, missing: ['heart_rate'] })
  await gives(t, wellBut({ type: 'consciousness', value: 'sleepy' }), { score: null, missing: ['consciousness'] })
  await gives(t, wellBut({ type: 'oxygen', value: 21, unit: '%' }), { score: null, missing: ['oxygen'] })
  await gives(t, wellBut({ type: 'spo2', value: 80, status: 'entered_in_error' }), { score: null, missing: ['spo2'] })
})
