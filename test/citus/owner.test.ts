import { randomBytes } from 'node:crypto'
import test from 'ava'
import { quoteIdent } from '../../pipelines/platform/sql.ts'
import { rowsOf, withSession } from '../helpers/database.ts'
import { callMain } from '../helpers/in-process.ts'
import { sampleData } from '../helpers/samples.ts'
import { cluster, emptyCitusDatabase } from './databases.ts'

const commands: readonly string[] = [
  'migrate --target citus',
  'run source_a 20230501',
  'run source_a 20230502',
  'run source_a 20230501',
  'rollback source_a 20230501',
  'marts rebuild',
  'compact source_a --before 20230701 --to month',
  'unpublish source_a 20230501 --reason test',
  'gc --keep 0',
]

test('a login that may only create schemas in its database makes and loads all of it', async t => {
  t.timeout(600_000)
  const login = `caseload_test_owner_${randomBytes(4).toString('hex')}`
  const server = cluster ?? process.env['CASELOAD_TEST_URL'] ?? ''
  t.teardown(() => withSession(server, session => session.query(`drop role if exists ${quoteIdent(login)}`)))
  const { url } = await emptyCitusDatabase(t)
  // Here, because Citus knows in each database of its own which roles the workers have, and only a superuser makes them there.
  await withSession(url, session => session.query(`create role ${quoteIdent(login)} login`))
  const name = new URL(url).pathname.slice(1)
  await withSession(url, session =>
    session.query(`grant create on database ${quoteIdent(name)} to ${quoteIdent(login)}`),
  )
  const asLogin = new URL(url)
  if (asLogin.username === '') asLogin.searchParams.set('user', login)
  else asLogin.username = login
  for (const words of commands) {
    const ended = await callMain(words.split(' '), { DATABASE_URL: asLogin.href, CASELOAD_LANDING: sampleData })
    t.is(ended.code, 0, `${words}: ${ended.stderr.slice(-2000)}`)
  }
  const owners = await rowsOf(
    url,
    `select distinct pg_get_userbyid(c.relowner)::text as owner, r.rolsuper as is_superuser
     from pg_catalog.pg_class as c
     join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
     join pg_catalog.pg_roles as r on r.oid = c.relowner
     where n.nspname in ('store', 'caseload', 'clinical', 'mart', 'caseload_stage', 'caseload_kept')`,
  )
  t.deepEqual(owners, [{ owner: login, is_superuser: false }])
  t.deepEqual(await rowsOf(url, 'select count(*)::integer as n from clinical.current_patients'), [{ n: 21 }])
})
