import test, { type ExecutionContext } from 'ava'
import type { Session } from '../../pipelines/postgres.ts'
import { addStays, define, readmissionsOf, type Stay, type Switches, withStays } from './stays.ts'

/** Asserts what one set of stays gives under several definitions that differ in a switch. */
async function gives(
  t: ExecutionContext,
  stays: readonly Stay[],
  definitions: Readonly<Record<string, readonly [Switches, readonly string[]]>>,
  before?: (session: Session) => Promise<unknown>,
): Promise<void> {
  await withStays(t, async session => {
    await before?.(session)
    await addStays(session, stays)
    for (const [name, [switches, expected]] of Object.entries(definitions)) {
      await define(session, name, switches)
      t.deepEqual(await readmissionsOf(session, name), expected, name)
    }
  })
}

const stay = (patient: string, visit: string, from: string, to?: string, more: Partial<Stay> = {}): Stay => ({
  patient,
  visit,
  from,
  to,
  ...more,
})

// V1 ends on 10 January. Day 0 is the same day, 9 February is day 30 (21 days to 31 January, then 9), 10 February day 31.
test('window_days and window_end_counts: day 0 counts, the last day by the switch', async t => {
  await gives(
    t,
    [
      stay('P0', 'V1', '2023-01-05', '2023-01-10'),
      stay('P0', 'V2', '2023-01-10', '2023-01-12'),
      stay('P1', 'W1', '2023-01-05', '2023-01-10'),
      stay('P1', 'W2', '2023-02-09', '2023-02-12'),
      stay('P2', 'X1', '2023-01-05', '2023-01-10'),
      stay('P2', 'X2', '2023-02-10', '2023-02-12'),
    ],
    {
      counts: [
        {},
        ['V1 INDEX > V2 0', 'V2 index -', 'W1 INDEX > W2 30', 'W2 index -', 'X1 index > X2 31', 'X2 index -'],
      ],
      'does not': [
        { window_end_counts: false },
        ['V1 INDEX > V2 0', 'V2 index -', 'W1 index > W2 30', 'W2 index -', 'X1 index > X2 31', 'X2 index -'],
      ],
      longer: [
        { window_days: 31 },
        ['V1 INDEX > V2 0', 'V2 index -', 'W1 INDEX > W2 30', 'W2 index -', 'X1 INDEX > X2 31', 'X2 index -'],
      ],
    },
  )
})

// The emergency visit V2 lies between the stays V1 and V3. Where it is a stay, it is V1's next (5 days) and V3 is its (5).
test('visit_types: other visits are neither a stay nor a next stay', async t => {
  await gives(
    t,
    [
      stay('P', 'V1', '2023-01-01', '2023-01-05'),
      stay('P', 'V2', '2023-01-10', '2023-01-10', { type: 'emergency' }),
      stay('P', 'V3', '2023-01-15', '2023-01-20'),
    ],
    {
      inpatient: [{}, ['V1 INDEX > V3 10', 'V3 index -']],
      both: [{ visit_types: ['inpatient', 'emergency'] }, ['V1 INDEX > V2 5', 'V2 INDEX > V3 5', 'V3 index -']],
    },
  )
})

// Each second stay starts so many days after a discharge on 5 January. Merged: the first is no index of its own.
//   A same day, other facility: merged. B day after, other facility: merged. C two days after: never.
//   D same day, same facility, home: a readmission. E the same, but discharged by transfer: merged.
//   F day after, second facility unknown: merged.
test('merge_transfers: day of the discharge or the day after, and facility differs, is unknown, or was left by transfer', async t => {
  const pair = (name: string, from: string, first: Partial<Stay>, second: Partial<Stay>): readonly Stay[] => [
    stay(name, `${name}1`, '2023-01-01', '2023-01-05', { disposition: 'home', facility: 'north', ...first }),
    stay(name, `${name}2`, from, '2023-01-12', { disposition: 'home', facility: 'south', ...second }),
  ]
  await gives(
    t,
    [
      ...pair('A', '2023-01-05', {}, {}),
      ...pair('B', '2023-01-06', {}, {}),
      ...pair('C', '2023-01-07', { disposition: 'transfer' }, {}),
      ...pair('D', '2023-01-05', {}, { facility: 'north' }),
      ...pair('E', '2023-01-05', { disposition: 'transfer' }, { facility: 'north' }),
      stay('F', 'F1', '2023-01-01', '2023-01-05', { facility: 'north' }),
      stay('F', 'F2', '2023-01-06', '2023-01-12'),
    ],
    {
      merged: [
        { merge_transfers: true },
        [
          ...['A1 merged -', 'A2 index -', 'B1 merged -', 'B2 index -', 'C1 INDEX > C2 2', 'C2 index -'],
          ...['D1 INDEX > D2 0', 'D2 index -', 'E1 merged -', 'E2 index -', 'F1 merged -', 'F2 index -'],
        ],
      ],
      'each its own': [
        {},
        [
          ...['A1 INDEX > A2 0', 'A2 index -', 'B1 INDEX > B2 1', 'B2 index -', 'C1 INDEX > C2 2', 'C2 index -'],
          ...['D1 INDEX > D2 0', 'D2 index -', 'E1 INDEX > E2 0', 'E2 index -', 'F1 INDEX > F2 1', 'F2 index -'],
        ],
      ],
    },
  )
})

// Three hospitals in a row, one day each, then a stay 10 days after the last discharge (8 January): one episode with one
// index, the last stay of it.
test('merge_transfers: a chain is one episode, and its last stay is the index', async t => {
  await gives(
    t,
    [
      stay('P', 'V1', '2023-01-05', '2023-01-06', { facility: 'north' }),
      stay('P', 'V2', '2023-01-06', '2023-01-07', { facility: 'south' }),
      stay('P', 'V3', '2023-01-08', '2023-01-08', { facility: 'north' }),
      stay('P', 'V4', '2023-01-18', '2023-01-20', { facility: 'north' }),
    ],
    { merged: [{ merge_transfers: true }, ['V1 merged -', 'V2 merged -', 'V3 INDEX > V4 10', 'V4 index -']] },
  )
})

// V2 lies inside V1, V3 starts 4 days after V1 ends.
//   Merged: V1 ends the episode, its next is V3 (4 days).
//   Not merged: V1's next is V2, which starts 14 days before V1 ends: no readmission, and V3 does not count in its place.
//   V2 ended on 6 January: V3 is its readmission (18 days).
test('merge_overlaps: a stay inside another; else the overlapping next stay is no readmission and not skipped over', async t => {
  await gives(
    t,
    [
      stay('P', 'V1', '2023-01-01', '2023-01-20'),
      stay('P', 'V2', '2023-01-06', '2023-01-06'),
      stay('P', 'V3', '2023-01-24', '2023-01-25'),
    ],
    {
      merged: [{ merge_overlaps: true }, ['V1 INDEX > V3 4', 'V2 merged -', 'V3 index -']],
      'not merged': [{}, ['V1 index > V2 -14', 'V2 INDEX > V3 18', 'V3 index -']],
    },
  )
})

// On 10 January V1 ends at 15:00. A V2 at 09:00 overlaps though it is day 0, a V2 at 15:00 does not; without its time it
// is taken to come after.
test('merge_overlaps: moments decide where both are known', async t => {
  await gives(
    t,
    [
      stay('P', 'V1', '2023-01-05 08:00', '2023-01-10 15:00'),
      stay('P', 'V2', '2023-01-10 09:00', '2023-01-12 09:00'),
      stay('Q', 'W1', '2023-01-05 08:00', '2023-01-10 15:00'),
      stay('Q', 'W2', '2023-01-10 15:00', '2023-01-12 09:00'),
      stay('R', 'X1', '2023-01-05 08:00', '2023-01-10 15:00'),
      stay('R', 'X2', '2023-01-10', '2023-01-12'),
    ],
    {
      'not merged': [
        {},
        ['V1 index > V2 0', 'V2 index -', 'W1 INDEX > W2 0', 'W2 index -', 'X1 INDEX > X2 0', 'X2 index -'],
      ],
      merged: [
        { merge_overlaps: true },
        ['V1 merged -', 'V2 index -', 'W1 INDEX > W2 0', 'W2 index -', 'X1 INDEX > X2 0', 'X2 index -'],
      ],
    },
  )
})

// V1 runs from 1 to 20 January in the north, V2 inside it in the south, V3 starts in the north the day after V1 ends. The
// discharge that V3 follows is V1's: the same facility, home: a readmission after 1 day. W3 starts in the south: merged.
test('merge_transfers with merge_overlaps: the transfer is from the stay that ended last', async t => {
  const north = { facility: 'north', disposition: 'home' }
  const south = { facility: 'south', disposition: 'home' }
  const both = { merge_transfers: true, merge_overlaps: true }
  await gives(
    t,
    [
      stay('P', 'V1', '2023-01-01', '2023-01-20', north),
      stay('P', 'V2', '2023-01-05', '2023-01-10', south),
      stay('P', 'V3', '2023-01-21', '2023-01-25', north),
      stay('Q', 'W1', '2023-01-01', '2023-01-20', north),
      stay('Q', 'W2', '2023-01-05', '2023-01-10', south),
      stay('Q', 'W3', '2023-01-21', '2023-01-25', south),
    ],
    { both: [both, ['V1 INDEX > V3 1', 'V2 merged -', 'V3 index -', 'W1 merged -', 'W2 merged -', 'W3 index -']] },
  )
})

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

// The newest batch of `a` and `b` is of 30 June: 31 May is 30 days before it, 1 June 29. `c` has published nothing.
test('run_out_days: discharged so long before the newest published batch of its source', async t => {
  await gives(
    t,
    [
      stay('P', 'V1', '2023-05-20', '2023-05-31'),
      stay('Q', 'V2', '2023-05-20', '2023-06-01'),
      stay('R', 'V3', '2023-05-20', '2023-05-21', { source: 'c' }),
    ],
    {
      thirty: [{ run_out_days: 30 }, ['V1 index -', 'V2 run_out -', 'V3 run_out -']],
      none: [{ run_out_days: null }, ['V1 index -', 'V2 index -', 'V3 index -']],
    },
    session =>
      session.query(`insert into caseload.sources (source, transformer, class, zone, schedule) values
        ('c', 'c', 'C', 'UTC', 'daily'); create table store.visits_c partition of store.visits for values in ('c')`),
  )
})

// P1 of `a` and X9 of `b` are one person by their links: the stay in `b` is the next one. P2 is a patient of both sources
// and nothing links them: two persons.
test('persons, not patient ids, are compared', async t => {
  await gives(
    t,
    [
      stay('P1', 'V1', '2023-01-01', '2023-01-05'),
      stay('X9', 'V2', '2023-01-10', '2023-01-12', { source: 'b' }),
      stay('P2', 'V3', '2023-01-01', '2023-01-05'),
      stay('P2', 'V4', '2023-01-10', '2023-01-12', { source: 'b' }),
    ],
    { all: [{}, ['V1 INDEX > V2 5', 'V2 index -', 'V3 index -', 'V4 index -']] },
    session =>
      session.query(`insert into store.patients (source, batch_date, patient_id) values
        ('a', '2023-06-30', 'P1'), ('b', '2023-06-30', 'X9'), ('a', '2023-06-30', 'P2'), ('b', '2023-06-30', 'P2');
        insert into store.patient_links (source, batch_date, patient_id, person_id) values
        ('a', '2023-06-30', 'P1', 'person-1'), ('b', '2023-06-30', 'X9', 'person-1')`),
  )
})

// V2 is still open: it is V1's next stay, has no row of its own, and does not swallow V3 (which V2 would cover if it had
// never ended). W2 is open and starts inside W1: the episode is open, so W1 is merged into it. X2 is cancelled.
test('open stays are next stays and no index; cancelled ones are nothing', async t => {
  await gives(
    t,
    [
      stay('P', 'V1', '2023-01-01', '2023-01-05'),
      stay('P', 'V2', '2023-01-10'),
      stay('P', 'V3', '2023-03-01', '2023-03-02'),
      stay('Q', 'W1', '2023-01-01', '2023-01-05'),
      stay('Q', 'W2', '2023-01-04'),
      stay('R', 'X1', '2023-01-01', '2023-01-05'),
      stay('R', 'X2', '2023-01-10', '2023-01-12', { status: 'cancelled' }),
    ],
    {
      merged: [{ merge_overlaps: true }, ['V1 INDEX > V2 5', 'V3 index -', 'W1 merged -', 'X1 index -']],
      'not merged': [{}, ['V1 INDEX > V2 5', 'V3 index -', 'W1 index > W2 -1', 'X1 index -']],
    },
  )
})

// 23:30 on 10 January in New York is the 11th in UTC. The next stay begins on 10 February there: 31 days, in UTC 30.
test('days are those of the local calendar', async t => {
  await gives(
    t,
    [
      stay('P', 'V1', '2023-01-05 10:00', '2023-01-10 23:30', { source: 'b' }),
      stay('P', 'V2', '2023-02-10 10:00', '2023-02-12 10:00', { source: 'b' }),
    ],
    { local: [{}, ['V1 index > V2 31', 'V2 index -']] },
  )
})
