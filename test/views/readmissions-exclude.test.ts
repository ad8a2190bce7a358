import test from 'ava'
import { gives, stay } from './gives.ts'

// All stays end on 10 January (Amsterdam). A: died by its disposition. B: dead on the day of discharge. C: dead at 23:30
// UTC on 10 January, in Amsterdam on the 11th: alive at discharge. D: dead at 23:30 UTC on 9 January, so on the 10th.
// E: `b` knows of the death of the person that is E in `a`.
test('exclude_died: by disposition, or dead on or before the local day of discharge', async t => {
  const all = ['A', 'B', 'C', 'D', 'E'].map(patient =>
    stay(patient, `${patient}1`, '2023-01-01', '2023-01-10', patient === 'A' ? { disposition: 'died' } : {}),
  )
  await gives(
    t,
    all,
    {
      excluded: [{ exclude_died: true }, ['A1 died -', 'B1 died -', 'C1 index -', 'D1 died -', 'E1 died -']],
      'not excluded': [{}, ['A1 index -', 'B1 index -', 'C1 index -', 'D1 index -', 'E1 index -']],
    },
    session =>
      session.query(`insert into store.patients (source, batch_date, patient_id, deceased_at) values
        ('a', '2023-06-30', 'B', '2023-01-10 12:00+00'), ('a', '2023-06-30', 'C', '2023-01-10 23:30+00'),
        ('a', '2023-06-30', 'D', '2023-01-09 23:30+00'), ('a', '2023-06-30', 'E', null),
        ('b', '2023-06-30', 'E2', '2023-01-05 12:00+00');
        insert into store.patient_links (source, batch_date, patient_id, person_id) values
        ('a', '2023-06-30', 'E', 'person-e'), ('b', '2023-06-30', 'E2', 'person-e')`),
  )
})

// V1 was left against advice: by the switch no index, though V2 follows after 5 days. V2 is one: it was left for home.
test('exclude_against_advice', async t => {
  await gives(
    t,
    [
      stay('P', 'V1', '2023-01-01', '2023-01-05', { disposition: 'against_advice' }),
      stay('P', 'V2', '2023-01-10', '2023-01-12', { disposition: 'home' }),
    ],
    {
      excluded: [{ exclude_against_advice: true }, ['V1 against_advice > V2 5', 'V2 index -']],
      'not excluded': [{}, ['V1 INDEX > V2 5', 'V2 index -']],
    },
  )
})

// V1 ends by transfer to a place whose stay nobody delivered; V2 is 5 days later, so it does not continue V1.
test('exclude_transfers: a stay left by transfer that nothing continues', async t => {
  await gives(
    t,
    [
      stay('P', 'V1', '2023-01-01', '2023-01-05', { disposition: 'transfer' }),
      stay('P', 'V2', '2023-01-10', '2023-01-12', { disposition: 'home' }),
    ],
    {
      excluded: [{ exclude_transfers: true, merge_transfers: true }, ['V1 transfer > V2 5', 'V2 index -']],
      'not excluded': [{ merge_transfers: true }, ['V1 INDEX > V2 5', 'V2 index -']],
    },
  )
})

// V1 begins and ends on 5 January: no index by the switch, though it may be a readmission. W1 and W2 are one episode from
// 4 to 5 January: two days, so W2 is an index.
test('exclude_same_day: a stay, not the last part of a longer one', async t => {
  const stays = [
    stay('P', 'V0', '2023-01-02', '2023-01-03', { facility: 'north' }),
    stay('P', 'V1', '2023-01-05', '2023-01-05', { facility: 'north' }),
    stay('Q', 'W1', '2023-01-04', '2023-01-05', { facility: 'north' }),
    stay('Q', 'W2', '2023-01-05', '2023-01-05', { facility: 'south' }),
  ]
  await gives(t, stays, {
    excluded: [
      { exclude_same_day: true, merge_transfers: true },
      ['V0 INDEX > V1 2', 'V1 same_day -', 'W1 merged -', 'W2 index -'],
    ],
    'not excluded': [{ merge_transfers: true }, ['V0 INDEX > V1 2', 'V1 index -', 'W1 merged -', 'W2 index -']],
  })
})

// V2 is planned, V3 is not; V3 lies 14 days after V1. V2 decides for V1: not readmitted. V2 itself is an index, and V3 is
// its readmission (6 days).
test('exclude_planned: the first stay decides, a later unplanned one does not count', async t => {
  await gives(
    t,
    [
      stay('P', 'V1', '2023-01-01', '2023-01-05', { admission: 'emergency' }),
      stay('P', 'V2', '2023-01-10', '2023-01-13', { admission: 'elective' }),
      stay('P', 'V3', '2023-01-19', '2023-01-20', { admission: 'urgent' }),
    ],
    {
      excluded: [{ exclude_planned: true }, ['V1 index > V2 5', 'V2 INDEX > V3 6', 'V3 index -']],
      'not excluded': [{}, ['V1 INDEX > V2 5', 'V2 INDEX > V3 6', 'V3 index -']],
    },
  )
})
