import test from 'ava'
import { withSession } from '../../pipelines/cli/commands/with-target.ts'
import { DatabaseError } from '../../pipelines/platform/errors.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'

test.serial('a connection that is lost while a command reads is not reported as a bug', async t => {
  const { url } = await testDatabase(t)
  process.env['DATABASE_URL'] = url
  t.teardown(() => {
    delete process.env['DATABASE_URL']
  })
  const losing = withSession({}, 'reads', async session => {
    const { rows } = await session.query<{ pid: number }>('select pg_backend_pid() as pid')
    await rowsOf(url, 'select pg_terminate_backend($1, 5000)', [rows[0]?.pid])
    await session.query('select 1')
  })
  await t.throwsAsync(losing, { instanceOf: DatabaseError, message: /connection to the database was lost/ })
  const broken = withSession({}, 'reads', () => Promise.reject(new TypeError('x is not a function')))
  await t.throwsAsync(broken, { instanceOf: TypeError })
})
