import test from 'ava'
import { declareWard, diagnosis, patient, reading, visit } from './ward.ts'

const first = '2023-05-01'
const second = '2023-05-02'
const inQuarantine =
  'select table_name, record_no, column_name, rule, row from caseload.quarantine order by table_name, record_no'

test('references batch: a child without its parent in the delivery is in quarantine, rule reference', async t => {
  const ward = await declareWard(t)
  await ward.load(first, {
    patients: [patient('P1')],
    visits: [visit('V1'), visit('V9', 'P9')],
    diagnoses: [diagnosis('V1', 1, 'A'), diagnosis('V8', 1, 'B')],
    measurements: [reading(1, '60'), reading(2, '61', 'P1', 'V1'), reading(3, '62', 'P1', 'V7')],
  })
  t.deepEqual(await ward.lines(inQuarantine), [
    'diagnoses 2 null reference {"patient_id":"P1","visit_id":"V8","diagnosis_no":"1","diagnosis_code":"B"}',
    'measurements 3 null reference {"patient_id":"P1","measured_at":"2023-05-01T08:03:00Z","type":"pulse",' +
      '"device_id":"","reading_no":"0","value":"62","visit_id":"V7"}',
    'visits 2 null reference {"patient_id":"P9","visit_id":"V9","visit_date":"2023-05-01","record_status":"active"}',
  ])
  t.deepEqual(await ward.lines('select visit_id from store.visits'), ['V1'])
  t.deepEqual(await ward.lines('select diagnosis_code from store.diagnoses'), ['A'])
  t.deepEqual(await ward.lines('select value from store.measurements order by 1'), ['60.000000', '61.000000'])
  t.deepEqual(await ward.lines('select * from orphans'), [])
})

test('references batch: yesterday delivered the parent, and still a child of today is in quarantine', async t => {
  const ward = await declareWard(t)
  await ward.load(first, { patients: [patient('P1')], visits: [visit('V1')] })
  await ward.load(second, { patients: [patient('P2')], visits: [visit('V2'), visit('V3', 'P2')] })
  t.deepEqual(await ward.lines('select batch_date, table_name, rule from caseload.quarantine'), [
    '2023-05-02 visits reference',
  ])
})

test('references deferred: it loads, and orphans lists what has no parent in any batch', async t => {
  const ward = await declareWard(
    t,
    `references = { visits: 'deferred', diagnoses: 'deferred', measurements: 'deferred' }`,
  )
  const orphans =
    'select batch_date, child_table, parent_table, patient_id, visit_id, rows, reason from orphans order by 1, 2, 3, 4'
  await ward.load(second, {
    visits: [visit('V1')],
    diagnoses: [diagnosis('V1', 1, 'A'), diagnosis('V0', 1, 'B'), diagnosis('V0', 2, 'C')],
    measurements: [reading(1, '60', 'P1', 'V0'), reading(2, '61', 'P9')],
  })
  t.deepEqual(await ward.lines('select * from caseload.quarantine'), [])
  t.deepEqual(await ward.lines(orphans), [
    '2023-05-02 diagnoses visits P1 V0 2 no parent in any batch',
    '2023-05-02 measurements patients P1 null 1 no parent in any batch',
    '2023-05-02 measurements patients P9 null 1 no parent in any batch',
    '2023-05-02 measurements visits P1 V0 1 no parent in any batch',
    '2023-05-02 visits patients P1 null 1 no parent in any batch',
  ])
  // The parents come, as deliveries of the day before: whoever belongs to them by id is at home.
  await ward.load(first, { patients: [patient('P1')], visits: [visit('V0')] })
  t.deepEqual(await ward.lines(orphans), [
    '2023-05-02 diagnoses visits P1 V0 2 parent only in another batch',
    '2023-05-02 measurements patients P9 null 1 no parent in any batch',
  ])
  t.deepEqual(await ward.lines('select diagnosis_code from current_diagnoses'), ['A'])
  t.deepEqual(await ward.lines('select visit_id from current_visits order by 1'), ['V0', 'V1'])
  t.is((await ward.lines('select 1 from current_measurements')).length, 2)
})

test('what belongs to a parent in quarantine goes with it, rule parent, down to the last child', async t => {
  const ward = await declareWard(t)
  await ward.load(first, {
    patients: [patient('P1'), patient('P2', 'Blake Sample', { birth_date: '2023-02-30' })],
    visits: [visit('V1'), visit('V2', 'P2'), visit('V3', 'P1', { visit_date: 'May' })],
    diagnoses: [diagnosis('V1', 1, 'A'), diagnosis('V2', 1, 'B', 'P2'), diagnosis('V3', 1, 'C')],
    measurements: [reading(1, '60'), reading(2, '61', 'P2')],
    patient_links: [{ patient_id: 'P2', person_id: 'X' }],
  })
  t.deepEqual(
    await ward.lines('select table_name, record_no, column_name, rule from caseload.quarantine order by 1, 2'),
    [
      'diagnoses 2 null parent',
      'diagnoses 3 null parent',
      'measurements 2 null parent',
      'patient_links 1 null parent',
      'patients 2 birth_date cast',
      'visits 2 null parent',
      'visits 3 visit_date pattern',
    ],
  )
  const counts =
    'select table_name, candidates, loaded, quarantined, quarantined_by from caseload.tables order by table_name'
  t.deepEqual(await ward.lines(counts), [
    'diagnoses 3 1 2 {"parent":2}',
    'measurements 2 1 1 {"parent":1}',
    'patient_links 1 0 1 {"parent":1}',
    'patients 2 1 1 {"cast":1}',
    'visits 3 1 2 {"parent":1,"pattern":1}',
  ])
})

// The reading shows without a visit. The diagnosis shows in no view, so its visit is missed all the same.
test('a parent table that the source does not fill is not looked for, nor missed where the row shows without it', async t => {
  const ward = await declareWard(t, `tables = ['diagnoses', 'measurements']`)
  await ward.load(first, { diagnoses: [diagnosis('V1', 1, 'A')], measurements: [reading(1, '60', 'P1', 'V1')] })
  t.deepEqual(await ward.lines('select rule from caseload.quarantine'), [])
  t.deepEqual(await ward.lines('select diagnosis_code from store.diagnoses'), ['A'])
  t.is((await ward.lines('select 1 from current_measurements')).length, 1)
  t.deepEqual(await ward.lines('select 1 from current_diagnoses'), [])
  t.deepEqual(await ward.lines('select child_table, parent_table, rows, reason from orphans'), [
    'diagnoses visits 1 no parent in any batch',
  ])
})
