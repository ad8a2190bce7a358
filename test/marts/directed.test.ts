import test from 'ava'
import type { Rows } from '../operate/plan/staging.ts'
import { differencesAfter } from './differences-after.ts'
import type { Delivered } from './rows.ts'
import type { Step } from './steps.ts'

// Changes that the law seldom draws so that a mistake shows.

const run = (day: number, rows: Delivered): Step => ({ kind: 'run', source: 0, day, rows })
const refresh: Step = { kind: 'refresh' }
const visit = (patient_id: string, visit_id: string): Rows[number] => ({
  patient_id,
  visit_id,
  visit_type: 'inpatient',
  admitted_at: '2023-04-28 10:00:00+00',
})
const reading = (type: string, time: string, value = 92): Rows[number] => ({
  patient_id: 'P1',
  measured_at: `2023-05-01 ${time}:00+00`,
  type,
  value,
  unit: type === 'spo2' ? '%' : '/min',
  device_id: '',
  reading_no: 0,
})
const procedure = { patient_id: 'P2', visit_id: 'V2', procedure_id: 'R1', procedure_code: '5-470' }

const cases: readonly { readonly title: string; readonly steps: readonly Step[] }[] = [
  {
    title: 'P1 shares a visit with P2, who has lost another one to P3: a change of P1 does not bring it back',
    steps: [
      run(1, { visits: [visit('P1', 'V2'), visit('P2', 'V2'), visit('P2', 'V3')] }),
      run(2, { visits: [visit('P3', 'V3')] }),
      refresh,
      run(3, { visits: [visit('P1', 'V1')] }),
      refresh,
    ],
  },
  {
    title: 'an entity without a visit moves to another patient: the first one loses it',
    steps: [
      { kind: 'read', source: 0, table: 'treatments', delivery: 'upsert', children: 'entity' },
      run(1, { treatments: [{ patient_id: 'P1', treatment_id: 'T1', drug: 'Metformin' }] }),
      refresh,
      run(2, { treatments: [{ patient_id: 'P2', treatment_id: 'T1', drug: 'Metformin' }] }),
      refresh,
    ],
  },
  {
    title: 'treatments become entities: those that came without their visit appear',
    steps: [
      run(1, { visits: [visit('P1', 'V1')], treatments: [] }),
      run(2, { treatments: [{ patient_id: 'P1', visit_id: 'V1', treatment_id: 'T1', drug: 'Metformin' }] }),
      refresh,
      { kind: 'read', source: 0, table: 'treatments', delivery: 'upsert', children: 'entity' },
      refresh,
    ],
  },
  {
    title: 'a reading changes the hour after its own',
    steps: [
      run(1, { measurements: [reading('spo2', '00:00')] }),
      refresh,
      run(2, { measurements: [reading('heart_rate', '00:50')] }),
      refresh,
    ],
  },
  {
    title: 'an hour with a new reading keeps one of the hour before',
    steps: [
      run(1, { measurements: [reading('spo2', '00:50')] }),
      refresh,
      run(2, { measurements: [reading('heart_rate', '01:00')] }),
      refresh,
    ],
  },
  {
    title: 'two batches have readings of one hour, and others of hours of their own: the newer one of a moment counts',
    steps: [
      run(1, { measurements: [reading('spo2', '00:00'), reading('spo2', '05:10'), reading('hemoglobin', '05:10')] }),
      refresh,
      run(2, {
        measurements: [reading('spo2', '05:10', 98), reading('hemoglobin', '05:10', 99), reading('spo2', '09:00')],
      }),
      refresh,
      run(3, { measurements: [reading('spo2', '20:00')] }),
      refresh,
    ],
  },
  {
    title: 'a batch within the time of an older one that a third one has left behind',
    steps: [
      run(1, { measurements: [reading('spo2', '00:00'), reading('spo2', '20:00')] }),
      run(2, { measurements: [reading('spo2', '03:00'), reading('spo2', '04:00')] }),
      refresh,
      run(3, { measurements: [reading('spo2', '20:00', 98), reading('spo2', '22:00')] }),
      refresh,
    ],
  },
  {
    title: 'an hour reads the end of a long batch and the whole of a short one',
    steps: [
      run(1, { measurements: [reading('spo2', '00:00'), reading('spo2', '20:50')] }),
      refresh,
      run(2, { measurements: [reading('heart_rate', '21:00'), reading('heart_rate', '21:30')] }),
      refresh,
    ],
  },
  {
    title: 'of full lists of readings the newest counts alone',
    steps: [
      { kind: 'read', source: 0, table: 'measurements', delivery: 'full', children: 'document' },
      run(1, { measurements: [reading('spo2', '00:00'), reading('spo2', '20:00')] }),
      refresh,
      run(2, { measurements: [reading('spo2', '20:00', 98)] }),
      refresh,
    ],
  },
  {
    title: 'the vital signs of an open stay in intensive care are those before the end of the newest day',
    steps: [
      run(1, { visits: [{ ...visit('P1', 'V1'), visit_type: 'icu' }], measurements: [reading('spo2', '00:00')] }),
      refresh,
      run(3, { visits: [visit('P2', 'V2')] }),
      refresh,
    ],
  },
  {
    title: 'an earlier first visit of a source lets the stays of others look back',
    steps: [
      run(1, { visits: [{ ...visit('P1', 'V1'), discharged_at: '2023-04-29 10:00:00+00' }] }),
      refresh,
      run(2, {
        visits: [
          { ...visit('P2', 'V2'), admitted_at: '2022-04-02 10:00:00+00', discharged_at: '2022-04-03 10:00:00+00' },
        ],
      }),
      refresh,
    ],
  },
  {
    title: 'a source begins to code procedures: the stays of others have had none',
    steps: [
      run(1, {
        visits: [
          { ...visit('P1', 'V1'), admitted_at: '2023-03-09 10:00:00+00', discharged_at: '2023-03-10 10:00:00+00' },
        ],
        procedures: [{ ...procedure, code_system: 'OPS' }],
      }),
      refresh,
      run(2, {
        visits: [visit('P2', 'V2')],
        procedures: [{ ...procedure, code_system: 'ICD-10-PCS' }],
      }),
      refresh,
    ],
  },
]

for (const { title, steps } of cases) {
  test(title, async t => {
    t.deepEqual(await differencesAfter(t, steps), [])
  })
}
