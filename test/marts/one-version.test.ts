import test from 'ava'
import { withOneVersion } from '../../pipelines/marts/one-version.ts'
import { testDatabase, withSession } from '../helpers/database.ts'

test('without second versions, the newest readings are all readings of their table', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    await session.query('set search_path = pg_catalog, pg_temp')
    const found = await session.query<{ definition: string }>(
      `select pg_get_viewdef('clinical.current_measurements'::regclass) as definition`,
    )
    const definition = found.rows[0]?.definition ?? ''
    const simple = withOneVersion('current_measurements', definition)
    t.false(/rank|delivered_tables/.test(simple), simple)
    await session.query(simple)
    t.is(withOneVersion('other', definition), definition)
    const other = definition.replace('m.device_id, m.source ORDER', 'm.source ORDER')
    t.is(withOneVersion('current_measurements', other), other)
  })
})
