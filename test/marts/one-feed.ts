import { listViews } from '../../pipelines/ledger/list-views.ts'
import { rebuildMarts } from '../../pipelines/marts/rebuild.ts'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { withSession } from '../helpers/database.ts'
import { publishRun, stageRun } from '../operate/plan/staging.ts'

/** What the marts of these tests are refreshed with. */
export const options = { views: listViews(), signal: new AbortController().signal }

/** Makes the marts of a database with one published day, and works on them. */
export async function withMarts(url: string, work: (session: Session) => Promise<void>): Promise<void> {
  await withSession(url, async session => {
    await session.query('set search_path = pg_catalog, pg_temp')
    await publish(session, '2023-05-01', 'Metformin')
    await rebuildMarts(session, options)
    await work(session)
  })
}

/**
 * Publishes a day of one patient with one visit and one drug.
 *
 * @param visitedOn the day of the visit; default: that of the batch
 */
export async function publish(session: Session, date: string, drug: string, visitedOn = date): Promise<void> {
  const visit = { patient_id: 'P1', visit_id: `V ${date}` }
  const run = await stageRun(
    session,
    { source: 'feed', date },
    {
      patients: [{ patient_id: 'P1', name: 'Sample One' }],
      visits: [{ ...visit, visit_type: 'inpatient', admitted_on: visitedOn, discharged_on: visitedOn }],
      treatments: [{ ...visit, treatment_id: `T ${date}`, drug }],
    },
  )
  await session.query(`select caseload.note_patients('feed', $1)`, [date])
  await publishRun(session, run)
}
