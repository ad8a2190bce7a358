import test from 'ava'
import type { View } from '../../pipelines/ledger/list-views.ts'
import { createViews, missingViews } from '../../pipelines/ledger/views.ts'
import { caseload } from '../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../helpers/landing.ts'

const grantsOn = async (url: string, view: string): Promise<unknown> =>
  rowsOf(
    url,
    `select pg_get_userbyid(a.grantee) as grantee, a.privilege_type
     from pg_class as c cross join lateral aclexplode(c.relacl) as a
     where c.oid = $1::regclass and a.grantee <> c.relowner order by 1, 2`,
    [`clinical.${view}`],
  )

const one: View = { name: 'one_more', sql: `create or replace view clinical.one_more as select 1 as a` }
const changed: View = { name: 'one_more', sql: `create or replace view clinical.one_more as select 'x'::text as b` }
const onTop: View = { name: 'on_top', sql: 'create or replace view clinical.on_top as select * from clinical.one_more' }

async function withRole(url: string, work: (role: string) => Promise<void>): Promise<void> {
  const role = `caseload_test_reader_${process.pid}`
  await withSession(url, session => session.query(`drop role if exists ${role}; create role ${role}`))
  try {
    await work(role)
  } finally {
    await withSession(url, session => session.query(`drop owned by ${role}; drop role ${role}`))
  }
}

test('a view whose columns changed is made again with the grants it had', async t => {
  const { url } = await testDatabase(t)
  await withRole(url, async role => {
    await withSession(url, async session => {
      await createViews(session, [one, onTop])
      await session.query(`grant select on clinical.one_more to ${role}; grant select on clinical.on_top to ${role}`)
      await createViews(session, [one, onTop])
    })
    const before = await grantsOn(url, 'one_more')
    t.deepEqual(before, [{ grantee: role, privilege_type: 'SELECT' }])
    await withSession(url, session => createViews(session, [changed, onTop]))
    t.deepEqual(await rowsOf(url, 'select * from clinical.on_top'), [{ b: 'x' }])
    t.deepEqual(await grantsOn(url, 'one_more'), before)
    t.deepEqual(await grantsOn(url, 'on_top'), before)
  })
})

test("a user's own view in the way is named and never dropped", async t => {
  const { url } = await testDatabase(t)
  await withSession(url, async session => {
    await createViews(session, [one])
    await session.query('create view public.my_report as select a from clinical.one_more')
    const error = await t.throwsAsync(createViews(session, [changed]), { name: 'UsageError' })
    t.regex(error.message, /public\.my_report \(reads clinical\.one_more\)/)
    t.deepEqual((await session.query('select * from public.my_report')).rows, [{ a: 1 }])
  })
})

test('caseload views makes them all, twice and four at a time', async t => {
  const { url } = await testDatabase(t, 'empty')
  const done = await Promise.all([1, 2, 3, 4].map(() => caseload(['views'], { url })))
  t.deepEqual(
    done.map(one => one.code),
    [0, 0, 0, 0],
    done.map(one => one.stderr).join(''),
  )
  t.deepEqual(await withSession(url, session => missingViews(session)), [])
})

test('a run makes the views where they are absent', async t => {
  const { url } = await testDatabase(t, 'empty')
  const landing = testLanding(t)
  landing.write(eventsFile, JSON.stringify([patient('P1', 'Avery Sample')]))
  const done = await caseload(['run', 'source_a', '20230501', '--landing', landing.root], { url })
  t.is(done.code, 0, done.stderr)
  t.is((await rowsOf(url, 'select * from clinical.current_patients')).length, 1)
})
