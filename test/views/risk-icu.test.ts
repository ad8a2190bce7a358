import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import test from 'ava'
import { packageRoot } from '../../pipelines/platform/sql.ts'
import { listViews } from '../../pipelines/ledger/list-views.ts'
import { createViews } from '../../pipelines/ledger/views.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { addReadings, type Reading, risk, risks, withPast } from './risks.ts'
import { addStays, withStays } from './stays.ts'

// A is open on 30 June: 70 years (2), heart rate 120 (1; the 80 of two days ago does not count), systolic 120 (0), SpO2 92
// (1), respiratory rate 18 (0), one earlier stay (1): 5 points, 1/(1+exp(3.4-1.5)) = 0.1301. B left on 10 June: 40 years
// (0), all vital signs in range, no earlier stay: 0 points, 1/(1+exp(3.4)) = 0.0323. C has no SpO2, and
// all of D's vital signs are from a day and an hour before the discharge.
test('icu_illustrative: open and discharged stays, from age, vital signs and earlier stays', async t => {
  await withPast(t, async session => {
    await addStays(session, [
      { patient: 'A', visit: 'A', from: '2023-06-25 10:00', type: 'icu' },
      { patient: 'A', visit: 'A-1', from: '2023-03-01 10:00', to: '2023-03-02 10:00', type: 'icu' },
      { patient: 'B', visit: 'B', from: '2023-06-05 10:00', to: '2023-06-10 10:00', type: 'icu' },
      { patient: 'C', visit: 'C', from: '2023-06-05 10:00', to: '2023-06-10 10:00', type: 'icu' },
      { patient: 'D', visit: 'D', from: '2023-06-05 10:00', to: '2023-06-10 10:00', type: 'icu' },
    ])
    await session.query(`insert into store.patients (source, batch_date, patient_id, birth_date, age_years, age_as_of)
      values ('a', '2023-06-30', 'A', '1953-06-30', null, null), ('a', '2023-06-30', 'B', null, 40, '2023-06-01'),
        ('a', '2023-06-30', 'C', null, 39, '2022-06-01'), ('a', '2023-06-30', 'D', null, 39, '2022-06-01')`)
    const vitals = (patient: string, at: string, heart: number): readonly Reading[] => [
      [patient, at, 'heart_rate', heart, '/min'],
      [patient, at, 'systolic', 120, 'mmHg'],
      [patient, at, 'respiratory_rate', 18, '/min'],
    ]
    await addReadings(session, [
      ...vitals('A', '2023-06-28 12:00', 80),
      ...vitals('A', '2023-06-30 12:00', 120),
      ['A', '2023-06-30 12:00', 'spo2', 92, '%'],
      ...vitals('B', '2023-06-10 08:00', 80),
      ['B', '2023-06-10 08:00', 'spo2', 98, '%'],
      ...vitals('C', '2023-06-10 08:00', 80),
      ...vitals('D', '2023-06-09 09:00', 80),
      ['D', '2023-06-09 09:00', 'spo2', 98, '%'],
    ])
    const [a, b, c, d] = await risks(session, 'icu_illustrative', ['A', 'B', 'C', 'D'])
    t.deepEqual(a?.parts, { age: 2, heart_rate: 1, systolic: 0, spo2: 1, respiratory_rate: 0, earlier_stays: 1 })
    t.deepEqual([a?.points, a?.band, a?.probability], [5, 'moderate', 0.1301])
    t.deepEqual([b?.points, b?.band, b?.probability], [0, 'low', 0.0323])
    t.deepEqual([c?.points, c?.band, c?.probability, c?.missing.join()], [null, null, null, 'spo2'])
    t.deepEqual(d?.missing, ['heart_rate', 'systolic', 'spo2', 'respiratory_rate'])
  })
})

// Without the past the earlier stays are not known: the second formula, 1/(1+exp(3.2)) = 0.0392 at 0 points.
test('icu_illustrative: without a history it says so and leaves that part out', async t => {
  await withStays(t, async session => {
    await addStays(session, [
      { patient: 'B', visit: 'B', from: '2023-06-05 10:00', to: '2023-06-10 10:00', type: 'icu' },
    ])
    await session.query(`insert into store.patients (source, batch_date, patient_id, age_years) values
      ('a', '2023-06-30', 'B', 40)`)
    await addReadings(session, [
      ['B', '2023-06-10 08:00', 'heart_rate', 80, '/min'],
      ['B', '2023-06-10 08:00', 'systolic', 120, 'mmHg'],
      ['B', '2023-06-10 08:00', 'respiratory_rate', 18, '/min'],
      ['B', '2023-06-10 08:00', 'spo2', 98, '%'],
    ])
    const found = await risk(session, 'icu_illustrative', 'B')
    t.deepEqual([found.points, found.complete, found.missing.join()], [null, false, 'earlier_stays'])
    t.deepEqual([found.least_points, found.band, found.probability], [0, 'low', 0.0392])
  })
})

// The heart rate of the last hour counts; the blood pressure is older than an hour; the last SpO2 is in another unit, so the good
// one before does not count; the respiratory rate is of more than 24 hours before.
test('icu_vitals: the last value of each sign in 24 hours, also where others have one in the last hour', async t => {
  await withStays(t, async session => {
    await addStays(session, [
      { patient: 'B', visit: 'B', from: '2023-06-05 10:00', to: '2023-06-10 10:00', type: 'icu' },
    ])
    await addReadings(session, [
      ['B', '2023-06-10 03:00', 'heart_rate', 70, '/min'],
      ['B', '2023-06-10 09:30', 'heart_rate', 90, '/min'],
      ['B', '2023-06-10 05:00', 'systolic', 110, 'mmHg'],
      ['B', '2023-06-10 08:00', 'spo2', 97, '%'],
      ['B', '2023-06-10 09:30', 'spo2', 1, '1'],
      ['B', '2023-06-09 09:00', 'respiratory_rate', 18, '/min'],
    ])
    const { rows } = await session.query(
      `select heart_rate::float8, systolic::float8, spo2::float8, respiratory_rate::float8 from clinical.icu_vitals`,
    )
    t.deepEqual(rows, [{ heart_rate: 90, systolic: 110, spo2: null, respiratory_rate: null }])
  })
})

test('a file in views/models is a model of readmission_risk', async t => {
  const { url } = await testDatabase(t)
  const folder = mkdtempSync(join(tmpdir(), 'caseload-views-'))
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  cpSync(join(packageRoot, 'views'), folder, { recursive: true })
  writeFileSync(
    join(folder, 'models', 'model_shoe_size.sql'),
    `create or replace view clinical.model_shoe_size as select 'shoe_size' as model, '1' as version, 'blisters' as outcome,
      'a' as source, 'P' as patient_id, 'a:P' as person_id, 'V' as visit_id, date '2023-06-01' as as_of,
      null::date as discharged_on, 1 as points, 1 as least_points, jsonb '{"size": 1}' as parts, '{}'::text[] as missing,
      true as complete, 'low' as band, 0.5 as probability`,
  )
  await withSession(url, async session => {
    await createViews(session, listViews(relative(packageRoot, folder)))
    t.is((await risk(session, 'shoe_size', 'V')).points, 1)
  })
})
