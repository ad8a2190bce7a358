import test, { type ExecutionContext } from 'ava'
import type { Session } from '../../pipelines/postgres.ts'
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
