import test from 'ava'
import { makeQueue } from '../../../pipelines/operate/queue/boss.ts'
import { lookUpOthers } from '../../../pipelines/operate/doctor/rights.ts'
import { testDatabase, withSession } from '../../helpers/database.ts'

test('what other roles may create, and own, is told of every schema of Caseload, and of no other mart', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    const [{ role } = { role: '' }] = (
      await session.query<{ role: string }>(`select 'stranger_' || substr(current_database(), 15) as role`)
    ).rows
    t.teardown(() => withSession(url, one => one.query(`drop owned by ${role} cascade; drop role ${role}`)))
    await makeQueue(session)
    await session.query(`create schema mart; create role ${role}`)
    const schemas = [
      'store',
      'clinical',
      'caseload',
      'caseload_stage',
      'caseload_kept',
      'caseload_queue',
      'mart',
    ].sort()
    for (const schema of schemas) {
      await session.query(`create table ${schema}.theirs (); alter table ${schema}.theirs owner to ${role};
        grant create on schema ${schema} to ${role}`)
    }
    const all = await lookUpOthers(session)
    t.deepEqual(
      all.creators.map(one => `${one.schema} ${one.role}`),
      schemas.map(schema => `${schema} ${role}`),
    )
    t.deepEqual(
      all.strangers.map(one => `${one.schema} ${one.owner} ${one.tables}`),
      schemas.map(schema => `${schema} ${role} 1`),
    )
    await session.query(`alter schema mart owner to ${role}`)
    const others = await lookUpOthers(session)
    t.false([...others.creators, ...others.strangers].some(one => one.schema === 'mart'))
  })
})
