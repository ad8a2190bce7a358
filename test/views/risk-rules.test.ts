import test from 'ava'
import { addDiagnoses, addReadings, emergency, type Reading, risk, rowsIn, withPast } from './risks.ts'
import { addStays, type Stay } from './stays.ts'

const stay = (name: string, more: Partial<Stay> = {}): Stay => ({
  ...{ patient: name, visit: name, from: '2023-06-01', to: '2023-06-06', admission: 'elective' },
  ...more,
})

// 7.4 mmol/L of hemoglobin are 11.92 g/dL (1), 7.5 are 12.09 (0); 119 g/L are 11.9 (1); 134 mEq/L of sodium are 134 mmol/L
// (1). A last value in g/kg, or of no unit, or in words, is not known, whatever was known a day before.
test('hospital: the last laboratory value counts, in any unit that converts, or the part is missing', async t => {
  const day = (name: string, on: number, type: string, value: number, unit: string): Reading => [
    ...([name, `2023-06-0${on} 10:00`, type, value, unit] as const),
  ]
  await withPast(t, async session => {
    await addStays(
      session,
      ['kg', 'mol', 'mols', 'litre', 'word', 'both'].map(name => stay(name)),
    )
    await addReadings(session, [
      day('kg', 2, 'hemoglobin', 11, 'g/dL'),
      day('kg', 3, 'hemoglobin', 110, 'g/kg'),
      day('kg', 2, 'sodium', 130, 'mmol/L'),
      day('kg', 3, 'sodium', 3.2, 'g/L'),
      day('mol', 2, 'hemoglobin', 13, 'g/dL'),
      day('mol', 3, 'hemoglobin', 7.4, 'mmol/L'),
      day('mol', 3, 'sodium', 134, 'meq/L'),
      day('mols', 3, 'hemoglobin', 7.5, 'mmol/L'),
      day('litre', 3, 'hemoglobin', 119, 'g/L'),
      day('word', 2, 'hemoglobin', 11, 'g/dL'),
      day('word', 2, 'sodium', 130, 'mmol/L'),
    ])
    await session.query(`insert into store.measurements
      (source, batch_date, patient_id, measured_at, type, device_id, reading_no, value, value_text, unit) values
      ('a', '2023-06-30', 'word', '2023-06-03 10:00Z', 'hemoglobin', '', 0, null, 'hemolysed', 'g/dL'),
      ('a', '2023-06-30', 'word', '2023-06-03 10:00Z', 'sodium', '', 0, 140, null, null),
      ('a', '2023-06-30', 'both', '2023-06-03 10:00Z', 'hemoglobin', '', 0, 11, null, 'g/dL'),
      ('a', '2023-06-30', 'both', '2023-06-03 10:00Z', 'hemoglobin', 'kg', 0, 110, null, 'g/kg')`)
    const expected: Readonly<Record<string, readonly [number | null, number | null]>> = {
      ...{ kg: [null, null], mol: [1, 1], mols: [0, null], litre: [1, null], word: [null, null], both: [1, null] },
    }
    for (const [name, [hemoglobin, sodium]] of Object.entries(expected)) {
      const { parts } = await risk(session, 'hospital', name)
      t.deepEqual([parts['hemoglobin'], parts['sodium']], [hemoglobin, sodium], name)
    }
  })
})

// Home left alive and died a day after. Died: the disposition says so. Day: the death is known from another source, on the
// day of the discharge. Bed: still open, and dead. The same for intensive care, all parts known.
test('a stay in which the patient died has neither points nor band nor probability, in no model', async t => {
  await withPast(t, async session => {
    const icu = (name: string, more: Partial<Stay> = {}): Stay => ({
      ...stay(name, more),
      ...{ patient: name.slice(1), visit: name, type: 'icu' },
    })
    await addStays(session, [
      ...[stay('home'), stay('died', { disposition: 'died' }), stay('day')],
      ...[icu('ihome'), icu('idied', { disposition: 'died' }), icu('iday'), icu('ibed', { to: undefined })],
    ])
    await session.query(`insert into store.patients (source, batch_date, patient_id, age_years, deceased_at) values
      ('a', '2023-06-30', 'home', 70, '2023-06-07 12:00Z'), ('a', '2023-06-30', 'died', 70, null),
      ('a', '2023-06-30', 'day', 70, null), ('b', '2023-06-30', 'other', 70, '2023-06-06 12:00Z'),
      ('a', '2023-06-30', 'bed', 70, '2023-06-10 12:00Z')`)
    await session.query(`insert into store.patient_links (source, batch_date, patient_id, person_id) values
      ('a', '2023-06-30', 'day', 'one'), ('b', '2023-06-30', 'other', 'one')`)
    for (const name of ['home', 'died', 'day']) await addDiagnoses(session, name, ['I10'])
    const vitals = (patient: string, at: string): readonly Reading[] => [
      [patient, at, 'heart_rate', 80, '/min'],
      [patient, at, 'systolic', 120, 'mmHg'],
      [patient, at, 'respiratory_rate', 18, '/min'],
      [patient, at, 'spo2', 98, '%'],
    ]
    await addReadings(session, [
      ...['home', 'died', 'day'].flatMap(name => vitals(name, '2023-06-06 10:00')),
      ...vitals('bed', '2023-06-30 10:00'),
    ])
    t.deepEqual(
      await rowsIn(
        session,
        `select model, visit_id, complete, probability is not null or band is not null or points is not null as says,
           'discharged_alive' = any (missing) as died
         from clinical.readmission_risk where patient_id in ('home', 'died', 'day', 'bed') and model <> 'hospital'
         order by 1, 2`,
      ),
      [
        { model: 'icu_illustrative', visit_id: 'ibed', complete: false, says: false, died: true },
        { model: 'icu_illustrative', visit_id: 'iday', complete: false, says: false, died: true },
        { model: 'icu_illustrative', visit_id: 'idied', complete: false, says: false, died: true },
        { model: 'icu_illustrative', visit_id: 'ihome', complete: true, says: true, died: false },
        { model: 'lace', visit_id: 'day', complete: false, says: false, died: true },
        { model: 'lace', visit_id: 'died', complete: false, says: false, died: true },
        { model: 'lace', visit_id: 'home', complete: true, says: true, died: false },
      ],
    )
    t.deepEqual((await risk(session, 'hospital', 'died')).missing.slice(-1), ['discharged_alive'])
  })
})

// P came as an emergency on 1 June, was transferred on the 4th and went home on the 9th: 8 days (5), emergency (3), the
// metastasis of the first leg (5), no emergency visit (0): 13. The next stay sees one earlier stay (0), not two (2).
test('the legs of one episode are one stay for lace and hospital, as long as the definition merges them', async t => {
  await withPast(t, async session => {
    await addStays(session, [
      stay('L1', {
        ...{ patient: 'P', to: '2023-06-04', admission: 'emergency', facility: 'A', disposition: 'transfer' },
        service: 'Oncology',
      }),
      stay('L2', { patient: 'P', from: '2023-06-04', to: '2023-06-09', facility: 'B', service: 'Surgery' }),
      stay('N', { patient: 'P', from: '2023-06-20', to: '2023-06-21', facility: 'A' }),
    ])
    await addDiagnoses(session, 'L1', ['C78.0'])
    await addDiagnoses(session, 'L2', ['I10'])
    await session.query(`insert into store.procedures
      (source, batch_date, patient_id, procedure_id, visit_id, code_system) values
      ('a', '2023-06-30', 'P', 'R1', 'L1', 'icd10pcs')`)
    await addReadings(session, [
      ['P', '2023-06-02 10:00', 'hemoglobin', 11, 'g/dL'],
      ['P', '2023-06-08 10:00', 'sodium', 134, 'mmol/L'],
    ])
    const visits = `select visit_id from clinical.readmission_risk where model = 'lace' and patient_id = 'P' order by 1`
    t.deepEqual(await rowsIn(session, visits), [{ visit_id: 'L2' }, { visit_id: 'N' }])
    const lace = await risk(session, 'lace', 'L2')
    t.deepEqual(lace.parts, { length_of_stay: 5, acute_admission: 3, comorbidity: 5, emergency_visits: 0 })
    const hospital = await risk(session, 'hospital', 'L2')
    t.deepEqual(hospital.parts, {
      ...{ hemoglobin: 1, oncology: 0, sodium: 1, procedure: 1, index_type: 1, admissions: 0, length_of_stay: 2 },
    })
    t.is((await risk(session, 'hospital', 'N')).parts['admissions'], 0)

    await session.query(
      `update caseload.readmission_definitions set merge_transfers = false where definition = 'hospital_wide_30d'`,
    )
    t.is((await rowsIn(session, visits)).length, 3)
    t.is((await risk(session, 'hospital', 'N')).parts['admissions'], 2)
    await session.query(`delete from caseload.readmission_definitions`)
    t.is((await rowsIn(session, visits)).length, 3)
    t.is((await risk(session, 'lace', 'L2')).parts['length_of_stay'], 4)
  })
})

test('code systems are known by all their common names, and by those that a project adds', async t => {
  const names = [
    ...['ICD10', 'icd-10', 'ICD 10', 'ICD_10_CM', 'ICD-10-GM', 'icd10cm', 'I10', 'I10C'],
    ...['http://hl7.org/fhir/sid/icd-10', 'http://hl7.org/fhir/sid/icd-10-cm'],
    ...['http://fhir.de/CodeSystem/bfarm/icd-10-gm', 'urn:oid:2.16.840.1.113883.6.90', '2.16.840.1.113883.6.3'],
  ]
  await withPast(t, async session => {
    const others = ['Ward codes', 'SNOMED', 'icd-10-pcs']
    await addStays(
      session,
      [...names, ...others].map(name => stay(name)),
    )
    for (const name of [...names, ...others]) await addDiagnoses(session, name, ['I21.4'], name)
    const known = `select visit_id from clinical.readmission_risk
      where model = 'lace' and parts ->> 'comorbidity' = '1' order by visit_id collate "C"`
    t.deepEqual(
      (await rowsIn(session, known)).map(row => row['visit_id']),
      [...names].sort(),
    )
    await session.query(`insert into caseload.code_systems (name, code_system) values ('ward-CODES', 'ICD-10')`)
    t.is((await rowsIn(session, known)).length, names.length + 1)
    t.deepEqual(
      await rowsIn(
        session,
        `select visit_id, code_system from clinical.current_diagnoses
         where visit_id in ('ICD_10_CM', 'I10', 'SNOMED', 'icd-10-pcs') order by visit_id collate "C"`,
      ),
      [
        { visit_id: 'I10', code_system: 'ICD-10' },
        { visit_id: 'ICD_10_CM', code_system: 'ICD-10-CM' },
        { visit_id: 'SNOMED', code_system: 'SNOMED-CT' },
        { visit_id: 'icd-10-pcs', code_system: 'ICD-10-PCS' },
      ],
    )
    t.is((await rowsIn(session, `select 1 from store.diagnoses where code_system = 'ICD10'`)).length, 1)
  })
})

// The legs lie around an emergency visit that led to the first of them: it is left out, as for a stay of one leg.
test('an emergency visit that led to the first leg does not count', async t => {
  await withPast(t, async session => {
    await addStays(session, [
      emergency('P', 'E', '2023-06-01', { from: '2023-06-01 08:00', to: '2023-06-01 12:00', disposition: 'transfer' }),
      stay('L1', { patient: 'P', from: '2023-06-01 12:00', to: '2023-06-03 10:00', disposition: 'transfer' }),
      stay('L2', { patient: 'P', from: '2023-06-03 11:00', to: '2023-06-06 10:00' }),
    ])
    t.is((await risk(session, 'lace', 'L2')).parts['emergency_visits'], 0)
  })
})
