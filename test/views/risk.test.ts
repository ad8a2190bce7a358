import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { readFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import type { Session } from '../../pipelines/postgres.ts'
import { packageRoot } from '../../pipelines/sql.ts'
import { createViews, listViews } from '../../pipelines/views.ts'
import { root } from '../helpers/cli.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { addStays, type Stay, withStays } from './stays.ts'

interface Risk {
  readonly points: number | null
  readonly least_points: number
  readonly parts: Readonly<Record<string, number | null>>
  readonly missing: readonly string[]
  readonly complete: boolean
  readonly band: string | null
  readonly probability: number | null
}

async function withPast(t: ExecutionContext, work: (session: Session) => Promise<void>): Promise<void> {
  await withStays(t, async session => {
    await session.query(readFileSync(`${root}test/views/risk.sql`, 'utf8'))
    await work(session)
  })
}

async function risk(session: Session, model: string, visit: string): Promise<Risk> {
  const found = await session.query<{ risk: string }>(
    `select row_to_json(r)::text as risk from clinical.readmission_risk as r where model = $1 and visit_id = $2`,
    [model, visit],
  )
  if (found.rows.length !== 1) throw new Error(`${found.rows.length} rows of ${model} for ${visit}`)
  return JSON.parse(found.rows[0]?.risk ?? '') as Risk
}

async function risks(session: Session, model: string, visits: readonly string[]): Promise<readonly Risk[]> {
  const found: Risk[] = []
  for (const visit of visits) found.push(await risk(session, model, visit))
  return found
}

async function addDiagnoses(
  session: Session,
  visit: string,
  codes: readonly string[],
  system = 'ICD-10',
): Promise<void> {
  await session.query(
    `insert into store.diagnoses (source, batch_date, patient_id, visit_id, diagnosis_no, code_system, diagnosis_code)
     select 'a', '2023-06-30', v.patient_id, v.visit_id, d.no, $3, d.code
     from store.visits as v cross join unnest($2::text[]) with ordinality as d (code, no) where v.visit_id = $1`,
    [visit, codes, system],
  )
}

type Reading = readonly [patient: string, at: string, type: string, value: number, unit: string]

async function addReadings(session: Session, readings: readonly Reading[]): Promise<void> {
  for (const [patient, at, type, value, unit] of readings) {
    await session.query(
      `insert into store.measurements
         (source, batch_date, patient_id, measured_at, type, device_id, reading_no, value, unit)
       values ('a', '2023-06-30', $1, $2::timestamp at time zone 'Europe/Amsterdam', $3, '', 0, $4, $5)`,
      [patient, at, type, value, unit],
    )
  }
}

const emergency = (patient: string, visit: string, on: string, more: Partial<Stay> = {}): Stay => ({
  patient,
  visit,
  from: on,
  to: on,
  type: 'emergency',
  disposition: 'home',
  ...more,
})

const percent = (probability: number | null): string => (100 * (probability ?? NaN)).toFixed(1)

// Points 0: out on the day of admission (0), elective (0), hypertension weighs nothing (0), no emergency visit (0).
// Points 10: 14 days (7), emergency (3), nothing else.
// Points 19: 14 days (7), urgent (3), metastatic tumor weighs 6 (5), five emergency visits (4).
test('lace: the published probabilities at 0, 10 and 19 points', async t => {
  await withPast(t, async session => {
    await addStays(session, [
      { patient: 'A', visit: 'A0', from: '2023-06-01', to: '2023-06-01', admission: 'elective' },
      { patient: 'B', visit: 'B10', from: '2023-06-01', to: '2023-06-15', admission: 'emergency' },
      { patient: 'C', visit: 'C19', from: '2023-06-01', to: '2023-06-15', admission: 'urgent' },
      ...[1, 2, 3, 4, 5].map(day => emergency('C', `C-${day}`, `2023-05-0${day}`)),
    ])
    await addDiagnoses(session, 'A0', ['I10'])
    await addDiagnoses(session, 'B10', ['I10'])
    await addDiagnoses(session, 'C19', ['C78.0'])
    const found = await risks(session, 'lace', ['A0', 'B10', 'C19'])
    t.deepEqual(
      found.map(one => [one.points, percent(one.probability), one.band, one.complete, one.missing.length]),
      [
        [0, '2.0', 'low', true, 0],
        [10, '12.2', 'high', true, 0],
        [19, '43.7', 'high', true, 0],
      ],
    )
    t.deepEqual(found[2]?.parts, { length_of_stay: 7, acute_admission: 3, comorbidity: 5, emergency_visits: 4 })
  })
})

test('lace: the points of every length of stay', async t => {
  await withPast(t, async session => {
    const days = [0, 1, 2, 3, 4, 6, 7, 13, 14, 20]
    await addStays(
      session,
      days.map(day => ({
        patient: `D${day}`,
        visit: `D${day}`,
        from: '2023-06-01',
        to: `2023-06-${String(1 + day).padStart(2, '0')}`,
      })),
    )
    const found = await risks(
      session,
      'lace',
      days.map(day => `D${day}`),
    )
    t.deepEqual(
      found.map(one => one.parts['length_of_stay']),
      [0, 1, 2, 3, 4, 4, 5, 5, 7, 7],
    )
  })
})

// Weights: infarction 1; infarction and stroke 2; COPD and diabetes 3; dementia 3; heart failure and COPD 4, so 5 points;
// complicated diabetes 2 and not 2 + 1; tumor with metastases 6, so 5; mild renal (stage 3) 2; end stage renal 4, so 5;
// mild liver and mild renal are one item 2; AIDS 4, so 5; connective tissue 3; lower case and no dot are the same code; a
// code of another system beside an ICD-10 one does not count; uncomplicated diabetes by its three-character code 1.
test('lace: comorbidity from the ICD-10 codes of the stay', async t => {
  const expected: Readonly<Record<string, readonly [readonly string[], number]>> = {
    none: [['I10', 'K25.0'], 0],
    infarction: [['I21.4'], 1],
    'infarction and stroke': [['I25.2', 'I63.9'], 2],
    'copd and diabetes': [['J44.1', 'E11.9'], 3],
    dementia: [['G30.9'], 3],
    'failure and copd': [['I50.0', 'J44.9'], 5],
    'diabetes twice': [['E11.2', 'E11.9'], 2],
    metastases: [['C50.9', 'C79.3'], 5],
    'kidney stage 3': [['N18.3'], 2],
    'kidney stage 5': [['N18.5'], 5],
    'kidney of no stage': [['N18'], 5],
    'liver and kidney': [['K73.9', 'N18.2'], 2],
    aids: [['B24'], 5],
    lupus: [['M32.1'], 3],
    'as delivered elsewhere': [['i214', 'm321'], 5],
    'three characters': [['E11'], 1],
  }
  await withPast(t, async session => {
    const names = Object.keys(expected)
    await addStays(
      session,
      names.map(name => ({ patient: name, visit: name, from: '2023-06-01', to: '2023-06-02' })),
    )
    for (const name of names) await addDiagnoses(session, name, expected[name]?.[0] ?? [])
    for (const name of names) {
      t.is((await risk(session, 'lace', name)).parts['comorbidity'], expected[name]?.[1], name)
    }
  })
})

// Admitted on 10 June, so the 6 months begin on 10 December. Counted: A on 10 December, B on 9 June (sent home), C on the
// day of the admission in the morning (sent home, D came after it). Not: D, which led to the stay; E a day too early.
// The second patient was transferred at night from F, which ended on the 9th: it led to the stay, nothing counts.
test('lace: emergency visits in the 6 months before, not the one that led to the stay', async t => {
  await withPast(t, async session => {
    await addStays(session, [
      { patient: 'P', visit: 'V', from: '2023-06-10 20:00', to: '2023-06-12 10:00' },
      emergency('P', 'A', '2022-12-10'),
      emergency('P', 'B', '2023-06-09'),
      emergency('P', 'C', '', { from: '2023-06-10 08:00', to: '2023-06-10 09:00' }),
      emergency('P', 'D', '', { from: '2023-06-10 17:00', to: '2023-06-10 19:00', disposition: 'other' }),
      emergency('P', 'E', '2022-12-09'),
      { patient: 'Q', visit: 'W', from: '2023-06-10 00:30', to: '2023-06-12 10:00' },
      emergency('Q', 'F', '', { from: '2023-06-09 20:00', to: '2023-06-09 23:50', disposition: 'transfer' }),
    ])
    t.is((await risk(session, 'lace', 'V')).parts['emergency_visits'], 3)
    t.is((await risk(session, 'lace', 'W')).parts['emergency_visits'], 0)
  })
})

// Without the past: the first batch of `a` is of 1 January 2023, 6 months before 1 June is 1 December. The codes are
// SNOMED and the admission type is not known. One day of stay is the only part there is.
test('a part is missing, never 0 points: history, code system, admission type, laboratory values', async t => {
  await withStays(t, async session => {
    await addStays(session, [
      { patient: 'P', visit: 'V', from: '2023-06-01', to: '2023-06-02' },
      emergency('P', 'E', '2023-05-01'),
    ])
    await addDiagnoses(session, 'V', ['44054006'], 'SNOMED')
    await addReadings(session, [['P', '2023-06-01 10:00', 'hemoglobin', 7.5, 'mmol/L']])
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
