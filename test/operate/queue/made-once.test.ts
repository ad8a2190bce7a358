import test from 'ava'
import { hasQueue, makeQueue } from '../../../pipelines/operate/queue/boss.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { until } from '../../helpers/until.ts'

test('while another session migrates, the queue is not begun', async t => {
  const { url } = await testDatabase(t)
  const lock = `hashtextextended('caseload/migrate', 0)`
  await withSession(url, migration =>
    withSession(url, async session => {
      const [{ pid } = { pid: 0 }] = (await session.query<{ pid: number }>('select pg_backend_pid() as pid')).rows
      await migration.query(`select pg_advisory_lock(${lock})`)
      const made = makeQueue(session)
      made.catch(() => undefined)
      const asks = `select from pg_stat_activity where pid = $1 and query like '%pg_try_advisory_lock%'`
      await until(async () => (await rowsOf(url, asks, [pid])).length > 0)
      t.deepEqual(await rowsOf(url, `select from pg_namespace where nspname = 'caseload_queue'`), [])
      await migration.query(`select pg_advisory_unlock(${lock})`)
      t.true(await made)
      t.true(await hasQueue(session))
    }),
  )
  t.deepEqual(
    await rowsOf(
      url,
      `select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
    ),
    [],
  )
})

test('a process that ended between the schema and the queue leaves no queue, and the next one makes it', async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    t.true(await makeQueue(session))
    t.false(await makeQueue(session))
    await session.query(`select caseload_queue.delete_queue('batches')`)
    t.false(await hasQueue(session))
    t.true(await makeQueue(session))
    t.true(await hasQueue(session))
  })
})
