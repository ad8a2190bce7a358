import { randomBytes } from 'node:crypto'
import test from 'ava'
import { batchesAtOnce, serverSessions } from '../../../pipelines/operate/backfill/concurrency.ts'
import { quoteIdent } from '../../../pipelines/platform/sql.ts'
import { testDatabase, withSession } from '../../helpers/database.ts'

test('as many batches as asked for, or as there are cores, as far as the server has sessions; one at least', t => {
  const roomy = { most: 97, used: 3 }
  t.is(batchesAtOnce(undefined, roomy, 4), 4)
  t.is(batchesAtOnce(8, roomy, 4), 8)
  t.is(batchesAtOnce(256, roomy, 4), 13)
  t.is(batchesAtOnce(4, { most: 20, used: 19 }, 4), 1)
})

test('sessions of other logins count, also for a login that may not look at them', async t => {
  const { url } = await testDatabase(t)
  const role = `caseload_test_${randomBytes(6).toString('hex')}`
  const { most, used, open } = await withSession(url, async session => {
    await session.query(`create role ${quoteIdent(role)}`)
    try {
      const { rows } = await session.query<{ open: number }>(
        // A worker of autovacuum may be gone by the next query.
        `select count(*)::integer as open from pg_stat_activity
         where datname = current_database() and backend_type = 'client backend'`,
      )
      await session.query(`set role ${quoteIdent(role)}`)
      return { ...(await serverSessions(session)), open: rows[0]?.open ?? 0 }
    } finally {
      await session.query('reset role')
      await session.query(`drop role ${quoteIdent(role)}`)
    }
  })
  t.true(most > 0)
  t.true(used >= open, `${used} of ${open}`)
  t.true(open > 0)
})
