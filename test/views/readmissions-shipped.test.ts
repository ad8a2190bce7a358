import test from 'ava'
import { addStays, readmissionsOf, withStays } from './stays.ts'

// One patient each; all first stays end on 10 January.
//   A: B2 after 30 days. C: died. D: against advice. E: planned next stay. F: transferred to the south the day after,
//   readmitted 5 days later. G: discharged 10 June, 20 days before the newest batch (30 June).
const stays = [
  { patient: 'A', visit: 'A1', from: '2023-01-05', to: '2023-01-10', disposition: 'home', facility: 'n' },
  { patient: 'A', visit: 'A2', from: '2023-02-09', to: '2023-02-12', disposition: 'home', facility: 'n' },
  { patient: 'C', visit: 'C1', from: '2023-01-05', to: '2023-01-10', disposition: 'died', facility: 'n' },
  { patient: 'D', visit: 'D1', from: '2023-01-05', to: '2023-01-10', disposition: 'against_advice', facility: 'n' },
  { patient: 'D', visit: 'D2', from: '2023-01-12', to: '2023-01-13', disposition: 'home', facility: 'n' },
  { patient: 'E', visit: 'E1', from: '2023-01-05', to: '2023-01-10', disposition: 'home', facility: 'n' },
  { patient: 'E', visit: 'E2', from: '2023-01-12', to: '2023-01-13', admission: 'elective', facility: 'n' },
  { patient: 'F', visit: 'F1', from: '2023-01-05', to: '2023-01-10', disposition: 'transfer', facility: 'n' },
  { patient: 'F', visit: 'F2', from: '2023-01-11', to: '2023-01-15', disposition: 'home', facility: 's' },
  { patient: 'F', visit: 'F3', from: '2023-01-20', to: '2023-01-21', disposition: 'home', facility: 's' },
  { patient: 'G', visit: 'G1', from: '2023-06-01', to: '2023-06-10', disposition: 'home', facility: 'n' },
]

test('crude_30d: any stay within 30 days of a discharge alive', async t => {
  await withStays(t, async session => {
    await addStays(session, stays)
    t.deepEqual(await readmissionsOf(session, 'crude_30d'), [
      ...['A1 INDEX > A2 30', 'A2 index -', 'C1 died -', 'D1 INDEX > D2 2', 'D2 index -', 'E1 INDEX > E2 2'],
      ...['E2 index -', 'F1 INDEX > F2 1', 'F2 INDEX > F3 5', 'F3 index -', 'G1 index -'],
    ])
  })
})

test('hospital_wide_30d: unplanned, after a discharge home, with run-out', async t => {
  await withStays(t, async session => {
    await addStays(session, stays)
    t.deepEqual(await readmissionsOf(session, 'hospital_wide_30d'), [
      ...['A1 INDEX > A2 30', 'A2 index -', 'C1 died -', 'D1 against_advice > D2 2', 'D2 index -'],
      ...['E1 index > E2 2', 'E2 index -', 'F1 merged -', 'F2 INDEX > F3 5', 'F3 index -', 'G1 run_out -'],
    ])
  })
})

// crude_30d in January: index A1, D1, D2, E1, E2, F1, F2, F3 (C1 died), readmitted A1, D1, E1, F1, F2: 5 of 8. A daily
// source with batches on 1 and 3 January and 30 June lacks 29 batches in January (2 and 4 to 31), 28 in February, 31 in
// March, 30 in April, 31 in May and 29 in June. In March, April and May nobody was discharged.
// hospital_wide_30d in January: A1, D2, E1, E2, F2, F3, readmitted A1 and F2. In June the only stay is in its run-out.
test('readmission_summary: counts, observed rate and missing batches by month of discharge', async t => {
  await withStays(t, async session => {
    await addStays(session, stays)
    const found = await session.query<Record<string, unknown>>(
      `select * from clinical.readmission_summary order by definition, source, month`,
    )
    t.deepEqual(Object.keys(found.rows[0] ?? {}), [
      ...['definition', 'source', 'month', 'index_admissions', 'readmissions', 'observed_rate', 'missing_batches'],
    ])
    t.deepEqual(
      found.rows.map(row => Object.values(row).map(String).join(' ')),
      [
        'crude_30d a 2023-01-01 8 5 0.6250 29',
        'crude_30d a 2023-02-01 1 0 0.0000 28',
        'crude_30d a 2023-03-01 0 0 null 31',
        'crude_30d a 2023-04-01 0 0 null 30',
        'crude_30d a 2023-05-01 0 0 null 31',
        'crude_30d a 2023-06-01 1 0 0.0000 29',
        'hospital_wide_30d a 2023-01-01 6 2 0.3333 29',
        'hospital_wide_30d a 2023-02-01 1 0 0.0000 28',
        'hospital_wide_30d a 2023-03-01 0 0 null 31',
        'hospital_wide_30d a 2023-04-01 0 0 null 30',
        'hospital_wide_30d a 2023-05-01 0 0 null 31',
        'hospital_wide_30d a 2023-06-01 0 0 null 29',
      ],
    )
  })
})

// 1 January 2023 is a Sunday. From then to 30 June: 181 days, of which 178 without a batch. Weekdays: 130, less Tuesday
// the 3rd and Friday 30 June. Weekly on Sundays: 26, less the first.
test('missing_batches follows the schedule of the source', async t => {
  await withStays(t, async session => {
    const missing = async (schedule: string): Promise<unknown> => {
      await session.query(`update caseload.sources set schedule = $1 where source = 'a'`, [schedule])
      const found = await session.query<{ n: number }>('select count(*)::integer as n from clinical.missing_batches')
      return found.rows[0]?.n
    }
    t.is(await missing('daily'), 178)
    t.is(await missing('weekdays'), 128)
    t.is(await missing('weekly'), 25)
    t.is(await missing('irregular'), 0)
  })
})
