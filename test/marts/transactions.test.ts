import test from 'ava'
import { rebuildMarts } from '../../pipelines/marts/rebuild.ts'
import { refreshMarts } from '../../pipelines/marts/refresh.ts'
import { backendOf } from '../../pipelines/platform/postgres.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { until } from '../helpers/until.ts'
import { differences } from './compare.ts'
import { options, publish, withMarts } from './one-feed.ts'

test('under a snapshot older than a refresh, marts agree with each other', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, session =>
    withSession(url, async reader => {
      await reader.query('begin isolation level repeatable read')
      const counts = async (): Promise<unknown> =>
        (
          await reader.query(
            `select (select count(*) from mart.latest_visits) as visits, (select count(*) from mart.readmissions) as stays,
             (select count(*) from mart.medicine_per_patient) as drugs`,
          )
        ).rows[0]
      t.deepEqual(await counts(), { visits: 1, stays: 2, drugs: 1 })
      await publish(session, '2023-05-02', 'Ramipril')
      await refreshMarts(session, options)
      t.deepEqual(await counts(), { visits: 1, stays: 2, drugs: 1 })
      await reader.query('commit')
      t.deepEqual(await counts(), { visits: 2, stays: 4, drugs: 2 })
    }),
  )
})

test('a rebuild that ends between two of its transactions is caught up by a refresh', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    await session.query(`update caseload.readmission_definitions set window_days = 7`)
    await publish(session, '2023-05-02', 'Ramipril')
    await withSession(url, async holder => {
      await holder.query('begin')
      await holder.query('lock table mart.readmissions in share mode')
      await withSession(url, async rebuilding => {
        await rebuilding.query(`set lock_timeout = '100ms'`)
        await t.throwsAsync(rebuildMarts(rebuilding, options), { message: /lock timeout/ })
      })
      await holder.query('rollback')
    })
    t.not((await differences(session)).length, 0)
    await refreshMarts(session, options)
    t.deepEqual(await differences(session), [])
  })
})

test('a rebuild notes what the batches of before the marts hold, beside a publish that notes them, too', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    const notes = async (): Promise<unknown> =>
      (
        await session.query(
          `select r.batch_date::text, json_agg(p.patient_id) as patients
           from caseload.runs as r
           join caseload.batch_notes as n on n.run_id = r.run_id
           left join caseload.batch_patients as p on p.run_id = r.run_id
           group by 1 order by 1`,
        )
      ).rows
    t.deepEqual(await notes(), [{ batch_date: '2023-05-01', patients: ['P1'] }])
    await session.query('delete from caseload.batch_notes')
    await withSession(url, async publisher => {
      await publisher.query('begin')
      await publisher.query(`select caseload.note_patients('feed', '2023-05-01')`)
      const rebuilt = rebuildMarts(session, options)
      await until(async () => {
        const waiting = await publisher.query('select from pg_locks where pid = $1 and not granted', [
          backendOf(session),
        ])
        return waiting.rowCount === 1
      })
      await publisher.query('commit')
      await rebuilt
    })
    t.deepEqual(await notes(), [{ batch_date: '2023-05-01', patients: ['P1'] }])
  })
})
