import test from 'ava'
import { visitSlices, visitSources } from '../../pipelines/marts/by-visit.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import type { Rows } from '../operate/plan/staging.ts'
import { differencesAfter } from './differences-after.ts'
import { Installation, makeInstallation } from './installation.ts'
import type { Delivered } from './rows.ts'
import type { Step } from './steps.ts'

// What a refresh that recomputes visits one by one could overlook.

const run = (day: number, rows: Delivered): Step => ({ kind: 'run', source: 0, day, rows })
const refresh: Step = { kind: 'refresh' }
const unpublish = (day: number): Step => ({ kind: 'unpublish', source: 0, day })
const visit = (patient_id: string, visit_id: string): Rows[number] => ({
  patient_id,
  visit_id,
  visit_type: 'inpatient',
  admitted_at: '2023-04-28 10:00:00+00',
})
const treatment = (patient_id: string, visit_id: string | null, treatment_id = 'T1'): Rows[number] => ({
  patient_id,
  visit_id,
  treatment_id,
  drug: 'Metformin',
})
const diagnosis = (patient_id: string, visit_id: string): Rows[number] => ({
  patient_id,
  visit_id,
  diagnosis_no: 0,
  diagnosis_code: 'I10',
})
/**
 * Others, with a row in every table: a source with a table that is new or gone is recomputed as a whole. They are so many that those
 * at hand are the fewer.
 */
const others: Delivered = {
  patients: [{ patient_id: 'P5' }],
  patient_links: [{ patient_id: 'P5', person_id: 'Z' }],
  visits: [5, 6, 7, 8].map(no => visit(`P${no}`, `V${no}`)),
  diagnoses: [diagnosis('P5', 'V5')],
  treatments: [treatment('P5', 'V5', 'T5')],
}
const first: Step = run(4, others)
const withVisit: Delivered = {
  visits: [visit('P1', 'V1'), ...(others.visits ?? [])],
  treatments: [treatment('P1', 'V1')],
}

const cases: readonly { readonly title: string; readonly steps: readonly Step[] }[] = [
  {
    title: 'a visit that a later day moved is back with its first patient when that day is taken away',
    steps: [
      first,
      run(1, { visits: [visit('P1', 'V1'), visit('P1', 'V2')], diagnoses: [diagnosis('P1', 'V1')] }),
      run(2, { visits: [visit('P2', 'V1')], diagnoses: [] }),
      refresh,
      unpublish(2),
      refresh,
    ],
  },
  {
    title: 'the children of a visit come from a day between two others',
    steps: [
      first,
      run(1, { visits: [visit('P1', 'V1')], treatments: [treatment('P1', 'V1')] }),
      run(3, { visits: [visit('P1', 'V1')], treatments: [treatment('P1', 'V1', 'T3')] }),
      refresh,
      run(2, { visits: [visit('P1', 'V1')], treatments: [treatment('P1', 'V1', 'T2')] }),
      refresh,
      unpublish(3),
      refresh,
    ],
  },
  {
    title: 'a visit whose newest batch is silent keeps the children of an older one',
    steps: [
      first,
      run(1, { visits: [visit('P1', 'V1')], diagnoses: [diagnosis('P1', 'V1')], treatments: [treatment('P1', 'V1')] }),
      refresh,
      run(2, { visits: [{ ...visit('P1', 'V1'), silent_on: ['diagnoses', 'treatments', 'procedures'] }] }),
      refresh,
    ],
  },
  {
    title: 'a patient gets another name: the prescriptions of all visits show it',
    steps: [
      first,
      run(1, {
        patients: [{ patient_id: 'P1', name: 'Sample One' }],
        visits: [visit('P1', 'V1')],
        treatments: [treatment('P1', 'V1')],
      }),
      refresh,
      run(2, { patients: [{ patient_id: 'P1', name: 'Sample Two' }], visits: [visit('P1', 'V2')] }),
      refresh,
    ],
  },
  {
    title: 'a patient becomes another person: all visits follow',
    steps: [
      first,
      run(1, { patients: [{ patient_id: 'P1' }], visits: [visit('P1', 'V1')] }),
      refresh,
      run(2, { patient_links: [{ patient_id: 'P1', person_id: 'X' }] }),
      refresh,
    ],
  },
  {
    title: 'a treatment without a visit is hidden by one of its id with a visit',
    steps: [first, run(1, { treatments: [treatment('P1', null)] }), refresh, run(2, withVisit), refresh],
  },
  {
    title: 'a treatment without a visit comes back when one of its id with a visit is taken away',
    steps: [first, run(1, { treatments: [treatment('P1', null)] }), run(2, withVisit), refresh, unpublish(2), refresh],
  },
  {
    title: 'a list of all visits leaves out those that it does not name',
    steps: [
      first,
      { kind: 'read', source: 0, table: 'visits', delivery: 'full', children: 'document' },
      run(1, { visits: [visit('P1', 'V1'), visit('P2', 'V2')] }),
      refresh,
      run(2, { visits: [visit('P1', 'V3')] }),
      refresh,
    ],
  },
  {
    title: 'an entity moves to a visit of another day',
    steps: [
      first,
      { kind: 'read', source: 0, table: 'treatments', delivery: 'upsert', children: 'entity' },
      run(1, { visits: [visit('P1', 'V1'), visit('P1', 'V2')], treatments: [treatment('P1', 'V1')] }),
      refresh,
      run(2, { treatments: [treatment('P1', 'V2')] }),
      refresh,
    ],
  },
]

for (const { title, steps } of cases) {
  test(title, async t => {
    t.deepEqual(await differencesAfter(t, steps), [])
  })
}

test('the visits of the changed days are recomputed, from the days that name them', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    await session.query('set search_path = pg_catalog, pg_temp')
    await makeInstallation(session)
    const installation = new Installation(url, session, 0)
    await installation.begin()
    const source = installation.nameOf(0)
    await installation.take(run(1, { visits: [visit('P1', 'V1'), visit('P1', 'V2')] }))
    await installation.take(run(2, { visits: [visit('P1', 'V3'), visit('P2', 'V1')] }))
    await installation.take(run(3, { visits: [visit('P1', 'V4')] }))
    await installation.take(refresh)
    const change = { patients: new Set(['P1', 'P2']), hours: null, newDays: [], days: new Set(['2023-05-02']) }
    const touched = { source, patients: ['P1', 'P2'], read: [], days: [], hours: [] }
    const sources = await visitSources(session, [touched])
    const of = async (changed: readonly string[]): Promise<unknown> =>
      (await visitSlices(session, sources, new Map([[source, change]]), new Map([[source, new Set(changed)]]))).get(
        source,
      )
    const slice = { by: 'visit', source, patients: ['P1', 'P2'] }
    t.deepEqual(await of([]), [{ ...slice, visits: ['V1', 'V3'], days: ['2023-05-01', '2023-05-02'] }])
    t.deepEqual(await of(['P1']), [
      { ...slice, visits: ['V1', 'V2', 'V3', 'V4'], days: ['2023-05-01', '2023-05-02', '2023-05-03'] },
    ])
  })
})
