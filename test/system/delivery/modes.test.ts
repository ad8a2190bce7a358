import test from 'ava'
import { declareWard, diagnosis, patient, visit } from './ward.ts'

const patients = 'select patient_id, name from current_patients order by 1'
const first = '2023-05-01'
const second = '2023-05-02'

for (const [mode, left] of Object.entries({ upsert: ['P1 New', 'P2 Old'], full: ['P1 New'] })) {
  test(`${mode}: a patient who vanished from the newest delivery ${mode === 'full' ? 'is gone' : 'stays'}`, async t => {
    const ward = await declareWard(t, `delivery = { patients: '${mode}' }`)
    await ward.load(first, { patients: [patient('P1', 'Old'), patient('P2', 'Old')] })
    await ward.load(second, { patients: [patient('P1', 'New')] })
    t.deepEqual(await ward.lines(patients), left)
  })
}

test('full: a whole list that is empty leaves nobody, and a later day brings them back', async t => {
  const ward = await declareWard(t, `delivery = { patients: 'full' }; empty = 'allow'`)
  await ward.load(first, { patients: [patient('P1')] })
  await ward.load(second, {})
  t.deepEqual(await ward.lines(patients), [])
  await ward.load('2023-05-03', { patients: [patient('P1', 'Back')] })
  t.deepEqual(await ward.lines(patients), ['P1 Back'])
})

test('full: a visit that vanished takes its diagnoses with it, and a link that vanished its person', async t => {
  const ward = await declareWard(
    t,
    `delivery = { visits: 'full', patient_links: 'full' }; shrink = { patient_links: 'allow' }`,
  )
  const patients = [patient('P1')]
  await ward.load(first, {
    patients,
    visits: [visit('V1'), visit('V2')],
    diagnoses: [diagnosis('V1', 1, 'A'), diagnosis('V2', 1, 'B')],
    patient_links: [{ patient_id: 'P1', person_id: 'X' }],
  })
  await ward.load(second, { patients, visits: [visit('V2')], diagnoses: [diagnosis('V2', 1, 'B2')], patient_links: [] })
  t.deepEqual(await ward.lines('select visit_id from current_visits'), ['V2'])
  t.deepEqual(await ward.lines('select visit_id, diagnosis_code from current_diagnoses'), ['V2 B2'])
  t.deepEqual(await ward.lines('select person_id from current_patients'), ['ward:P1'])
})

for (const order of [
  [first, second],
  [second, first],
]) {
  test(`insert_only: the first delivery wins, loaded in the order ${order.join(', ')}`, async t => {
    const ward = await declareWard(t, `delivery = { patients: 'insert_only' }`)
    for (const date of order) {
      const late = date === second ? [patient('P2', 'Second day')] : []
      await ward.load(date, { patients: [patient('P1', date === first ? 'First' : 'Second'), ...late] })
    }
    t.deepEqual(await ward.lines(patients), ['P1 First', 'P2 Second day'])
  })
}

test('a corrected visit with one diagnosis fewer shows exactly the corrected ones', async t => {
  const ward = await declareWard(t)
  const patients = [patient('P1')]
  await ward.load(first, {
    patients,
    visits: [visit('V1'), visit('V2')],
    diagnoses: [diagnosis('V1', 1, 'A'), diagnosis('V1', 2, 'B'), diagnosis('V1', 3, 'C'), diagnosis('V2', 1, 'D')],
  })
  await ward.load(second, {
    patients,
    visits: [visit('V1')],
    diagnoses: [diagnosis('V1', 1, 'B'), diagnosis('V1', 2, 'C2')],
  })
  const current = 'select visit_id, diagnosis_no, diagnosis_code from current_diagnoses order by 1, 2'
  t.deepEqual(await ward.lines(current), ['V1 1 B', 'V1 2 C2', 'V2 1 D'])
})

for (const status of ['cancelled', 'entered_in_error']) {
  test(`a visit that is ${status} disappears with its children, and stays away`, async t => {
    const ward = await declareWard(t)
    const patients = [patient('P1')]
    await ward.load(first, { patients, visits: [visit('V1'), visit('V2')], diagnoses: [diagnosis('V1', 1, 'A')] })
    await ward.load(second, { patients, visits: [visit('V1', 'P1', { status })], diagnoses: [diagnosis('V1', 1, 'A')] })
    t.deepEqual(await ward.lines('select visit_id from current_visits'), ['V2'])
    t.deepEqual(await ward.lines('select visit_id from current_diagnoses'), [])
    await ward.load('2023-05-03', { patients, visits: [visit('V3')] })
    t.deepEqual(await ward.lines('select visit_id from current_visits order by 1'), ['V2', 'V3'])
  })
}

test('a visit moved to another patient shows once, with its children, under the new one', async t => {
  const ward = await declareWard(t)
  const patients = [patient('P1'), patient('P2')]
  await ward.load(first, {
    patients,
    visits: [visit('V1')],
    diagnoses: [diagnosis('V1', 1, 'A'), diagnosis('V1', 2, 'B')],
  })
  await ward.load(second, { patients, visits: [visit('V1', 'P2')], diagnoses: [diagnosis('V1', 1, 'A', 'P2')] })
  t.deepEqual(await ward.lines('select patient_id, visit_id from current_visits'), ['P2 V1'])
  t.deepEqual(await ward.lines('select patient_id, visit_id, diagnosis_no from current_diagnoses'), ['P2 V1 1'])
})

test('patients that are linked share one person_id; the newest link counts, and nobody else is touched', async t => {
  const ward = await declareWard(t)
  const patients = [patient('P1'), patient('P2'), patient('P3')]
  const persons = 'select patient_id, person_id from current_patients order by 1'
  await ward.load(first, { patients })
  t.deepEqual(await ward.lines(persons), ['P1 ward:P1', 'P2 ward:P2', 'P3 ward:P3'])
  const links = [
    { patient_id: 'P1', person_id: 'X' },
    { patient_id: 'P2', person_id: 'X' },
  ]
  await ward.load(second, { patients, patient_links: links })
  t.deepEqual(await ward.lines(persons), ['P1 X', 'P2 X', 'P3 ward:P3'])
  await ward.load('2023-05-03', { patients, patient_links: [{ patient_id: 'P2', person_id: 'Y' }] })
  t.deepEqual(await ward.lines(persons), ['P1 X', 'P2 Y', 'P3 ward:P3'])
})
