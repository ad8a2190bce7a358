import test from 'ava'
import { declareWard, patient, reading, visit } from './ward.ts'

const day = '2023-05-01'
const quarantined = 'select table_name, record_no, column_name, rule, row from caseload.quarantine order by 1, 2'

test('spellings of one identifier are one patient, in parents and children; what cannot be seen is in quarantine', async t => {
  const ward = await declareWard(t, `maxBadRows = '100%'`)
  await ward.load(day, {
    patients: [
      patient('\u00c91'),
      patient('E\u03011', 'Avery Later'),
      patient(' M1\u3000'),
      patient('M\u200b1'),
      patient('M\u00a02'),
      patient('M3\ufeff'),
      patient('\u202eM4'),
      patient('M\t5'),
    ],
    visits: [visit('V1', 'E\u03011'), visit(' V2', 'M1'), visit('V3', '\u00a0M1'), visit('V4', 'M\u200b1')],
    measurements: [reading(1, '60', '\u00c91', 'V1'), reading(2, '61', 'M1 ', 'V2 ')],
  })
  t.deepEqual(await ward.lines('select patient_id, name from store.patients order by 1'), [
    'M1 Avery Sample',
    '\u00c91 Avery Later',
  ])
  t.deepEqual(await ward.lines('select patient_id, visit_id from store.visits order by 2'), [
    '\u00c91 V1',
    'M1 V2',
    'M1 V3',
  ])
  t.deepEqual(await ward.lines('select patient_id, visit_id from store.measurements order by 2'), [
    '\u00c91 V1',
    'M1 V2',
  ])
  t.deepEqual(await ward.lines(quarantined), [
    ...['M\u200b1', 'M\u00a02', 'M3\ufeff', '\u202eM4', 'M\\t5'].map(
      (id, n) =>
        `patients ${n + 4} patient_id invisible {"patient_id":"${id}","name":"Avery Sample","birth_date":null}`,
    ),
    'visits 4 patient_id invisible {"patient_id":"M\u200b1","visit_id":"V4","visit_date":"2023-05-01","record_status":"active"}',
  ])
  t.deepEqual(await ward.lines(`select distinct reason from caseload.quarantine`), [
    'patient_id contains an invisible character, or one that Unicode does not have',
  ])
})

test('case and leading zeros stay as delivered, unless the source says what they mean', async t => {
  const lines = [patient('m1'), patient('M1'), patient('42'), patient('0042'), patient('\u00c9a')]
  const visits = [visit('V1', 'M1'), visit('V2', '042'), visit('V3', '\u00e9A')]
  const plain = await declareWard(t, `references = { visits: 'deferred' }`)
  await plain.load(day, { patients: lines, visits })
  t.deepEqual(await plain.lines('select patient_id from store.patients order by patient_id collate "C"'), [
    ...['0042', '42', 'M1', 'm1', '\u00c9a'],
  ])
  const spelled = await declareWard(t, `ids = { patient_id: { caseless: true, pad: 4 } }`)
  await spelled.load(day, { patients: lines, visits })
  t.deepEqual(await spelled.lines('select patient_id from store.patients order by patient_id collate "C"'), [
    ...['0042', 'm1', '\u00e9a'],
  ])
  t.deepEqual(await spelled.lines('select patient_id from store.visits order by visit_id'), ['m1', '0042', '\u00e9a'])
  t.deepEqual(await spelled.lines('select * from caseload.quarantine'), [])
})

test('a pseudonym is made of the clean identifier', async t => {
  const masked = { CASELOAD_MASK_AT_LOAD: 'true', CASELOAD_PSEUDONYM_KEY: 'k'.repeat(64) }
  const ward = await declareWard(t, `maxBadRows = '100%'`, masked)
  await ward.load(day, {
    patients: [patient('\u00c91'), patient('M\u200b1')],
    visits: [visit('V1', 'E\u03011 ')],
  })
  const [inPatients] = await ward.lines('select patient_id from store.patients')
  t.regex(inPatients ?? '', /^p1_/)
  t.deepEqual(await ward.lines('select patient_id from store.visits'), [inPatients])
  const [rejected] = await ward.lines('select rule, row from caseload.quarantine')
  t.regex(rejected ?? '', /^invisible \{"patient_id":"p1_/)
})
