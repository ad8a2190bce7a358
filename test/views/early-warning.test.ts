import test, { type ExecutionContext } from 'ava'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { addReadings, chart, type Reading, well, wellBut } from './early-warning-readings.ts'
import { withStays } from './stays.ts'

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

// Heart rate 70 (0) at 08:05, 135 (3) at 08:10, 95 (1) at 08:44; SpO2 92 (2) at 08:30 and 97 (0) after; temperature 39.5 (2) at 08:00 and
// 37 at 08:44:59. Last: 1 + 0 + 0 = 1. Worst: 3 + 2 + 2 = 7. The 140 at 08:45 is of the next hour.
test('the last value of the hour and the worst', async t => {
  await withStays(t, async session => {
    await addReadings(session, [
      ...well.filter(reading => !['heart_rate', 'spo2', 'temperature'].includes(reading.type)),
      { type: 'heart_rate', value: 70, at: '2023-06-30 08:05Z' },
      { type: 'heart_rate', value: 135, at: '2023-06-30 08:10Z' },
      { type: 'heart_rate', value: 95, at: '2023-06-30 08:44Z' },
      { type: 'spo2', value: 92, at: '2023-06-30 08:30Z' },
      { type: 'spo2', value: 97, at: '2023-06-30 08:31Z' },
      { type: 'temperature', value: 39.5 },
      { type: 'temperature', value: 37, at: '2023-06-30 08:44:59Z' },
      { type: 'heart_rate', value: 140, at: '2023-06-30 08:45Z' },
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

// Rounds from 07:46 to 08:14 and from 08:16 to 08:44 are of one hour; one from 08:43 to 08:47 is of two.
test('a round of observations around a full or a half hour is whole, and each reading is in one hour', async t => {
  await withStays(t, async session => {
    const round = (patient: string, minutes: readonly number[]): readonly Reading[] =>
      well.map((reading, at) => ({
        ...reading,
        patient,
        at: new Date(Date.UTC(2023, 5, 30, 8, minutes[at % minutes.length])).toISOString(),
      }))
    await addReadings(session, [
      ...round('A', [-2, 1]),
      ...round('B', [-14, 14, 0]),
      ...round('C', [16, 30, 44]),
      ...round('D', [43, 47]),
    ])
    const found = await hours(session)
    t.deepEqual(
      found.map(hour => [hour['patient_id'], String(hour['hour']).slice(11, 16), hour['score'], hour['readings']]),
      [
        ['A', '08:00', 0, 7],
        ['B', '08:00', 0, 7],
        ['C', '08:00', 0, 7],
        ['D', '08:00', null, 4],
        ['D', '09:00', null, 3],
      ],
    )
  })
})

// The older value of the same hour never stands for one that cannot be scored; one of the same moment does.
test('a parameter whose last value cannot be scored is missing', async t => {
  const at = '2023-06-30 08:20Z'
  const last: readonly Reading[] = [
    { type: 'temperature', value: 98.6, unit: '[degF]', at },
    { type: 'heart_rate', value: 70, unit: null, at },
    { type: 'consciousness', value: 'sleepy', at },
    { type: 'oxygen', value: 21, unit: '%', at },
    { type: 'spo2', value: 'low', at },
    { type: 'temperature', value: 98.6, unit: '[degF]', device: 'second' },
  ]
  await withStays(t, async session => {
    const patients = last.map((reading, number) => [...well, reading].map(one => ({ ...one, patient: `P${number}` })))
    await addReadings(session, patients.flat())
    const found = await hours(session)
    t.deepEqual(
      found.map(hour => [hour['score'], hour['worst_score'], hour['least_score'], hour['missing'], hour['readings']]),
      [...last.slice(0, 5).map(({ type }) => [null, null, 0, [type], 7]), [0, 0, 0, [], 7]],
    )
  })
})
