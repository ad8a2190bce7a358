import test from 'ava'
import { declareWard, diagnosis, patient, visit } from './ward.ts'

const day = '2023-05-01'
const patients = 'select patient_id, name, birth_date from store.patients order by 1'
const counts = `select candidates, loaded, quarantined_by, removed from caseload.tables where table_name = 'patients'`
const inQuarantine = 'select table_name, record_no, column_name, rule from caseload.quarantine order by 1, 2'

const born = (name: string, birthDate: string, version?: string): ReturnType<typeof patient> =>
  patient('P1', name, { birth_date: birthDate, ...(version === undefined ? {} : { version }) })

test('identical rows of one key: one stays, the others are counted as duplicate', async t => {
  for (const members of ['', `onConflict = { patients: 'quarantine' }`]) {
    const ward = await declareWard(t, members)
    await ward.load(day, {
      patients: [patient('P1'), patient('P2', 'Blake Sample'), patient('P1'), patient('P1')],
      visits: [visit('V1'), visit('V1')],
      diagnoses: [diagnosis('V1', 1, 'A')],
    })
    t.deepEqual(await ward.lines(counts), ['4 2 {} {"duplicate":2}'])
    t.deepEqual(await ward.lines(`select loaded, removed from caseload.tables where table_name = 'visits'`), [
      '1 {"duplicate":1}',
    ])
    t.deepEqual(await ward.lines('select diagnosis_code from current_diagnoses'), ['A'])
    t.deepEqual(await ward.lines(inQuarantine), [])
  }
})

test('newest: the greatest version stays, wherever it stands; the others are counted as superseded', async t => {
  const ward = await declareWard(t)
  await ward.load(day, {
    patients: [born('First', '1990-01-01', '2'), born('Newest', '1990-01-01', '3'), born('Last', '1990-01-01', '1')],
  })
  t.deepEqual(await ward.lines(patients), ['P1 Newest 1990-01-01'])
  t.deepEqual(await ward.lines(counts), ['3 1 {} {"superseded":2}'])
})

test('newest: without a version the last file by name stays, and in it the last record', async t => {
  const ward = await declareWard(t)
  await ward.load(day, {
    patients: undefined,
    patients_2: [patient('P1', 'B1'), patient('P1', 'B2')],
    patients_1: [patient('P1', 'A1'), patient('P1', 'A2'), patient('P2', 'A3')],
  })
  t.deepEqual(await ward.lines('select patient_id, name from store.patients order by 1'), ['P1 B2', 'P2 A3'])
  t.deepEqual(await ward.lines(counts), ['5 2 {} {"superseded":3}'])
})

test('quarantine: rows of one key that differ are all in quarantine, rule conflict, and their children with them', async t => {
  const ward = await declareWard(t, `onConflict = { patients: 'quarantine' }`)
  await ward.load(day, {
    patients: [patient('P1', 'One'), patient('P1', 'Other'), patient('P2', 'Alone')],
    visits: [visit('V1'), visit('V2', 'P2')],
    diagnoses: [diagnosis('V1', 1, 'A'), diagnosis('V2', 1, 'B', 'P2')],
  })
  t.deepEqual(await ward.lines(inQuarantine), [
    'diagnoses 1 null parent',
    'patients 1 null conflict',
    'patients 2 null conflict',
    'visits 1 null parent',
  ])
  t.deepEqual(await ward.lines(patients), ['P2 Alone null'])
  t.deepEqual(await ward.lines(counts), ['3 1 {"conflict":2} {}'])
})

test('quarantine of named columns: only where one of them differs, else the newest stays', async t => {
  const ward = await declareWard(t, `onConflict = { patients: { quarantine: ['birth_date'] } }`)
  const born = (id: string, name: string, date: string): ReturnType<typeof patient> =>
    patient(id, name, { birth_date: date })
  await ward.load(day, {
    patients: [
      born('P1', 'Old name', '1990-01-01'),
      born('P1', 'New name', '1990-01-01'),
      born('P2', 'Same name', '1990-01-01'),
      born('P2', 'Same name', '1991-01-01'),
    ],
  })
  t.deepEqual(await ward.lines(patients), ['P1 New name 1990-01-01'])
  t.deepEqual(await ward.lines(inQuarantine), ['patients 3 null conflict', 'patients 4 null conflict'])
  t.deepEqual(await ward.lines(counts), ['4 1 {"conflict":2} {"superseded":1}'])
})

test('a row that broke its contract is no rival: the good one of its key stays, with its children', async t => {
  const ward = await declareWard(t, `onConflict = { patients: 'quarantine' }`)
  await ward.load(day, {
    patients: [born('Good', '1990-01-01'), born('Bad', 'yesterday')],
    visits: [visit('V1')],
  })
  t.deepEqual(await ward.lines(patients), ['P1 Good 1990-01-01'])
  t.deepEqual(await ward.lines(inQuarantine), ['patients 2 birth_date pattern'])
  t.deepEqual(await ward.lines('select visit_id from current_visits'), ['V1'])
})
