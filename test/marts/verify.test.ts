import test from 'ava'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { rebuildMarts } from '../../pipelines/marts/rebuild.ts'
import { verifyMarts } from '../../pipelines/marts/verify.ts'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { options, publish, withMarts } from './one-feed.ts'

/** The marts that differ from their views, with their surplus and missing rows, and how many were compared. */
async function verified(session: Session, ...names: readonly string[]): Promise<readonly string[]> {
  const found = await verifyMarts(session, options, names)
  const different = found.filter(one => one.surplus + one.missing > 0)
  return [...different.map(one => `${one.mart}: +${one.surplus} -${one.missing}`), `${found.length} compared`]
}

test('rows that are missing, changed or there twice are told of each mart, and a rebuild repairs them', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    t.deepEqual(await verified(session), ['18 compared'])
    await session.query(`
      delete from mart.dated_treatments;
      update mart.current_patients set name = 'Sample Other';
      insert into mart.latest_visits select * from mart.latest_visits`)
    const expected = ['latest_visits: +1 -0', 'current_patients: +1 -1', 'dated_treatments: +0 -1']
    t.deepEqual([...(await verified(session))].sort(), ['18 compared', ...expected].sort())
    t.deepEqual(await verified(session, 'current_patients'), ['current_patients: +1 -1', '1 compared'])
    await rebuildMarts(session, options)
    t.deepEqual(await verified(session), ['18 compared'])
    await t.throwsAsync(verified(session, 'current_visits', 'none'), {
      instanceOf: UsageError,
      message: /found current_visits, none\. There are: .*current_patients/,
    })
  })
})

test('what is published, before or while marts are compared, is no difference', async t => {
  const { url } = await testDatabase(t)
  await withMarts(url, async session => {
    await publish(session, '2023-06-01', 'Aspirin')
    // Between the refresh and the snapshot: a refresh takes two.
    let snapshots = 0
    const query = session.query.bind(session) as (...args: readonly unknown[]) => unknown
    const passed = async (...args: readonly unknown[]): Promise<unknown> => {
      if (args[0] === 'begin isolation level repeatable read' && ++snapshots === 3) {
        await withSession(url, other => publish(other, '2023-07-01', 'Warfarin'))
      }
      return query(...args)
    }
    t.deepEqual(await verified(Object.assign(session, { query: passed }), 'dated_treatments'), ['1 compared'])
    t.is(snapshots, 6)
    const [mart] = await verifyMarts(session, options, ['dated_treatments'])
    t.is(mart?.rows, 3)
  })
})
