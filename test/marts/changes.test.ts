import test from 'ava'
import { hasMarts } from '../../pipelines/marts/make-marts.ts'
import { rebuildMarts } from '../../pipelines/marts/rebuild.ts'
import { refreshMarts } from '../../pipelines/marts/refresh.ts'
import { dropMarts, martStatus } from '../../pipelines/marts/status.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { differences } from './compare.ts'
import { options, publish, withMarts } from './one-feed.ts'

/** The view with its drugs in capitals; PostgreSQL 15 writes the relation before a column, too. */
const inCapitals = (definition: string): string => definition.replace(/(\S+) AS drug/, 'upper($1) AS drug')

const drugs = async (session: Session): Promise<readonly string[]> => {
  const found = await session.query<{ drug: string }>('select drug from mart.medicine_per_patient order by 1')
  return found.rows.map(row => row.drug)
}

test('a schema mart that Caseload has not made is refused, and nothing is made', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    await session.query('create schema mart')
    const error = await t.throwsAsync(rebuildMarts(session, options), { instanceOf: UsageError })
    t.regex(error.message, /found one that Caseload has not made/)
    t.false(await hasMarts(session))
  })
})

test('a view with another definition has its mart computed again, with its grants', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    await session.query('grant select on mart.medicine_per_patient, mart.current_visits to public')
    const { rows } = await session.query<{ definition: string }>(
      `select pg_get_viewdef('clinical.medicine_per_patient'::regclass) as definition`,
    )
    const changed = inCapitals(rows[0]?.definition ?? '')
    await session.query(`create or replace view clinical.medicine_per_patient as ${changed}`)
    await refreshMarts(session, options)
    t.deepEqual(await drugs(session), ['METFORMIN'])
    await session.query('drop view clinical.medicine_per_patient')
    await session.query(
      `create view clinical.medicine_per_patient as select x.*, 1 as one from (${changed.replace(';', '')}) as x`,
    )
    await refreshMarts(session, options)
    t.deepEqual(await differences(session), [])
    const granted = await session.query<{ ok: boolean }>(
      `select bool_and(relacl::text like '%=r/%') as ok from pg_catalog.pg_class
       where oid in ('mart.medicine_per_patient'::regclass, 'mart.current_visits'::regclass)`,
    )
    t.true(granted.rows[0]?.ok)
  })
})

test('a table that views of schema mart read can change its columns, and they keep their grants', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    await session.query('grant select on mart.current_treatments, mart.dated_treatments to public')
    const { rows } = await session.query<{ definition: string }>(
      `select pg_get_viewdef('clinical.dated_treatments'::regclass) as definition`,
    )
    const query = (rows[0]?.definition ?? '').replace(/;\s*$/, '')
    await session.query(`create or replace view clinical.dated_treatments as select x.*, 1 as one from (${query}) as x`)
    await refreshMarts(session, options)
    t.deepEqual(await differences(session), [])
    const granted = await session.query<{ ok: boolean }>(
      `select bool_and(relacl::text like '%=r/%') as ok from pg_catalog.pg_class
       where oid in ('mart.current_treatments'::regclass, 'mart.dated_treatments'::regclass)`,
    )
    t.true(granted.rows[0]?.ok)
  })
})

test('a mart that must be made again is not, while a view of the user reads it', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    await session.query('create schema bi')
    await session.query('create view bi.drugs as select drug from mart.medicine_per_patient')
    await session.query('drop view clinical.medicine_per_patient')
    await session.query(
      `create view clinical.medicine_per_patient as select source, patient_id, treatments_drug as drug, 1 as one
       from clinical.patient_treatment_summary`,
    )
    const error = await t.throwsAsync(refreshMarts(session, options), { instanceOf: UsageError })
    t.regex(
      error.message,
      /mart\.medicine_per_patient changed its columns, and objects of yours read it: view bi\.drugs\./,
    )
    t.deepEqual(await drugs(session), ['Metformin'])
    await session.query('drop view bi.drugs')
    await refreshMarts(session, options)
    t.deepEqual(await differences(session), [])
  })
})

test('a refresh makes a table again that a user dropped, and a rebuild the schema', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    await session.query('drop table mart.latest_visits cascade')
    t.deepEqual((await martStatus(session, options.views))?.outdated, ['latest_visits'])
    await refreshMarts(session, options)
    t.deepEqual(await differences(session), [])
    t.deepEqual((await martStatus(session, options.views))?.outdated, [])
    await session.query('drop schema mart cascade')
    t.false(await hasMarts(session))
    await rebuildMarts(session, options)
    t.deepEqual(await differences(session), [])
    await session.query('drop schema mart cascade')
    await dropMarts(session)
    t.false(await hasMarts(session))
  })
})

test('the status names the marts that a changed view or definition concerns', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    const outdated = async (): Promise<readonly string[] | undefined> =>
      (await martStatus(session, options.views))?.outdated
    t.deepEqual(await outdated(), [])
    await session.query('update caseload.readmission_definitions set window_days = 7')
    t.deepEqual(await outdated(), ['readmission_months', 'readmission_risk', 'readmission_summary', 'readmissions'])
    await refreshMarts(session, options)
    const { rows } = await session.query<{ definition: string }>(
      `select pg_get_viewdef('clinical.medicine_per_patient'::regclass) as definition`,
    )
    const changed = inCapitals(rows[0]?.definition ?? '')
    await session.query(`create or replace view clinical.medicine_per_patient as ${changed}`)
    t.deepEqual(await outdated(), ['medicine_per_patient'])
    await refreshMarts(session, options)
    t.deepEqual(await outdated(), [])
  })
})

test('drop names the objects of the user that read marts, and removes nothing', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    await session.query('create schema bi')
    await session.query('create view bi.drugs as select drug from mart.medicine_per_patient')
    const error = await t.throwsAsync(dropMarts(session), { instanceOf: UsageError })
    t.regex(error.message, /^Objects of yours read the marts: view bi\.drugs\. Nothing was changed/)
    t.deepEqual(await differences(session), [])
  })
})

test('a mart of another project stays, and is refreshed; one whose view is gone goes', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    const sql = `create or replace view clinical.ward_drugs as select source, patient_id, drug from clinical.dated_treatments`
    await session.query(sql)
    const own = {
      name: 'ward_drugs',
      sql: `-- Grain: one row per drug.\n-- materialized: by patient\n-- index: drug\n${sql}`,
    }
    await refreshMarts(session, { ...options, views: [...options.views, own] })
    await publish(session, '2023-05-02', 'Ramipril')
    await refreshMarts(session, options)
    const found = await session.query<{ drug: string }>('select drug from mart.ward_drugs order by 1')
    t.deepEqual(
      found.rows.map(row => row.drug),
      ['Metformin', 'Ramipril'],
    )
    await session.query('drop view clinical.ward_drugs')
    await refreshMarts(session, options)
    await t.throwsAsync(session.query('select from mart.ward_drugs'), { message: /does not exist/ })
  })
})

test('a mart without the columns of its kind, or by patient over one by person, is refused', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    const refuse = async (how: string, query: string): Promise<string> => {
      const sql = `create or replace view clinical.wrong as ${query}`
      await session.query('drop view if exists clinical.wrong')
      await session.query(sql)
      const own = { name: 'wrong', sql: `-- Grain: one row.\n-- materialized: ${how}\n${sql}`, file: 'views/wrong.sql' }
      const refused = refreshMarts(session, { ...options, views: [...options.views, own] })
      return (await t.throwsAsync(refused, { instanceOf: UsageError })).message
    }
    t.regex(
      await refuse('by patient', 'select source, drug from clinical.dated_treatments'),
      /views\/wrong\.sql: expected the columns source, patient_id, .*patient_id is missing/,
    )
    t.regex(
      await refuse('whole\n-- index: drug, nonsense', 'select drug from clinical.dated_treatments'),
      /views\/wrong\.sql: expected columns of the view after "-- index:", found nonsense/,
    )
    t.regex(
      await refuse('by patient', 'select source, patient_id from clinical.readmissions'),
      /wrong is materialized by patient and reads readmissions, which is materialized by person/,
    )
    t.regex(
      await refuse('by person', 'select s.source as person_id from clinical.readmission_summary as s'),
      /wrong is materialized by person and reads readmission_summary, which is materialized as a whole\. Materialize wrong whole/,
    )
    t.regex(
      await refuse(
        'by source and month of prescribed_on',
        'select source, null::date as month from clinical.current_patients',
      ),
      /expected that it reads views with a mart that have the columns source and prescribed_on, found clinical\.current_patients/,
    )
  })
})
