import test from 'ava'
import { gives, stay } from './gives.ts'

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
