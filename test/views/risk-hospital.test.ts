import test from 'ava'
import { addStays, type Stay, withStays } from './stays.ts'
import { addDiagnoses, addReadings, emergency, percent, risk, risks, withPast } from './risks.ts'

// Without the past: the first batch of `a` is of 1 January 2023, 6 months before 1 June is 1 December. The codes are
// SNOMED and the admission type is not known. One day of stay is the only part there is.
test('a part is missing, never 0 points: history, code system, admission type, laboratory values', async t => {
  await withStays(t, async session => {
    await addStays(session, [
      { patient: 'P', visit: 'V', from: '2023-06-01', to: '2023-06-02' },
      emergency('P', 'E', '2023-05-01'),
    ])
    await addDiagnoses(session, 'V', ['44054006'], 'SNOMED')
    await addReadings(session, [['P', '2023-06-01 10:00', 'hemoglobin', 7.5, 'mmol/mol']])
    t.deepEqual(await risk(session, 'lace', 'V'), {
      ...(await risk(session, 'lace', 'V')),
      points: null,
      least_points: 1,
      parts: { length_of_stay: 1, acute_admission: null, comorbidity: null, emergency_visits: null },
      missing: ['acute_admission', 'comorbidity', 'emergency_visits'],
      complete: false,
      band: null,
      probability: null,
    })
    const hospital = await risk(session, 'hospital', 'V')
    t.deepEqual(hospital.missing, ['hemoglobin', 'oncology', 'sodium', 'procedure', 'index_type', 'admissions'])
    t.deepEqual([hospital.points, hospital.least_points, hospital.band, hospital.probability], [null, 0, null, null])
  })
})

// One late correction of an old visit among 199 of this year is no history; a source without any emergency visit has none.
test('a few old visits are no history, and neither is a source without emergency visits', async t => {
  await withStays(t, async session => {
    await addStays(session, [
      { patient: 'P', visit: 'V', from: '2023-06-01', to: '2023-06-02' },
      emergency('OLD', 'OLD', '2019-01-01'),
      ...Array.from({ length: 199 }, (_, at) => emergency('X', `X${at}`, '2023-05-01')),
      { patient: 'P', visit: 'B', from: '2023-06-01', to: '2023-06-02', source: 'b' },
    ])
    t.is((await risk(session, 'lace', 'V')).parts['emergency_visits'], null)
    t.is((await risk(session, 'lace', 'B')).parts['emergency_visits'], null)
  })
})

// A: hemoglobin 11.9 (1; 13 before it does not count), oncology (2), sodium 134 (1), procedure (1), urgent (1), 6 earlier
//   stays (5), 5 days (2): 13, high. B: hemoglobin 12 (0), cardiology (0), sodium 135 (0), no procedure (0), elective
//   (0), 1 earlier stay (0), 4 days (0): 0, low. C: as B with 2 earlier stays (2), urgent (1), 5 days (2): 5, intermediate.
test('hospital: points, bands and probabilities', async t => {
  const earlier = (patient: string, count: number): readonly Stay[] =>
    Array.from({ length: count }, (_, at) => ({
      patient,
      visit: `${patient}-${at}`,
      from: `2022-1${at % 3}-0${1 + at}`,
      to: `2022-1${at % 3}-0${2 + at}`,
    }))
  await withPast(t, async session => {
    await addStays(session, [
      {
        patient: 'A',
        visit: 'A',
        from: '2023-06-01',
        to: '2023-06-06',
        service: 'Medical Oncology',
        admission: 'urgent',
      },
      { patient: 'B', visit: 'B', from: '2023-06-01', to: '2023-06-05', service: 'cardiology', admission: 'elective' },
      { patient: 'C', visit: 'C', from: '2023-06-01', to: '2023-06-06', service: 'cardiology', admission: 'emergency' },
      ...earlier('A', 6),
      ...earlier('B', 1),
      ...earlier('C', 2),
    ])
    await session.query(`insert into store.procedures
      (source, batch_date, patient_id, procedure_id, visit_id, code_system) values
      ('a', '2023-06-30', 'A', 'R1', 'A', 'ICD-10-PCS'), ('a', '2023-06-30', 'B', 'R2', 'B', 'SNOMED')`)
    await addReadings(session, [
      ['A', '2023-06-02 10:00', 'hemoglobin', 13, 'g/dL'],
      ['A', '2023-06-05 10:00', 'hemoglobin', 11.9, 'g/dL'],
      ['A', '2023-06-07 10:00', 'hemoglobin', 13, 'g/dL'],
      ['A', '2023-06-05 10:00', 'sodium', 134, 'mmol/L'],
      ['B', '2023-06-02 10:00', 'hemoglobin', 12, 'g/dL'],
      ['B', '2023-06-02 10:00', 'sodium', 135, 'mmol/L'],
      ['C', '2023-06-02 10:00', 'hemoglobin', 12, 'g/dL'],
      ['C', '2023-06-02 10:00', 'sodium', 140, 'mmol/L'],
    ])
    const found = await risks(session, 'hospital', ['A', 'B', 'C'])
    t.deepEqual(
      found.map(one => [one.points, one.band, percent(one.probability)]),
      [
        [13, 'high', '22.8'],
        [0, 'low', '5.8'],
        [5, 'intermediate', '11.9'],
      ],
    )
    t.deepEqual(found[0]?.parts, {
      ...{ hemoglobin: 1, oncology: 2, sodium: 1, procedure: 1, index_type: 1, admissions: 5, length_of_stay: 2 },
    })
    t.deepEqual(found[2]?.parts, {
      ...{ hemoglobin: 0, oncology: 0, sodium: 0, procedure: 0, index_type: 1, admissions: 2, length_of_stay: 2 },
    })
  })
})
