import test from 'ava'
import { renewStatistics } from '../../pipelines/ledger/statistics.ts'
import { caseload } from '../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../helpers/landing.ts'

test('a table that another batch analyzes just now is left to it, and the others are renewed', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const run = async (...ids: readonly string[]): Promise<string> => {
    landing.write(eventsFile, JSON.stringify(ids.map(id => patient(id, 'Avery Sample'))))
    const { code, stderr } = await caseload(['run', 'source_a', '20230501', '--landing', landing.root], { url })
    t.is(code, 0, stderr)
    return stderr
  }
  await run('P1')
  await withSession(url, async other => {
    await other.query('begin')
    // What ANALYZE takes.
    await other.query('lock table only store.patients in share update exclusive mode')
    t.notRegex(await run('P1', 'P2', 'P3'), / warn /)
    await other.query('rollback')
  })
  const counted = (): Promise<Record<string, unknown>[]> =>
    rowsOf(
      url,
      `select relname, reltuples from pg_catalog.pg_class
       where oid in ('store.patients'::regclass, 'store.visits'::regclass) order by 1`,
    )
  t.deepEqual(await counted(), [
    { relname: 'patients', reltuples: 1 },
    { relname: 'visits', reltuples: 3 },
  ])
  await withSession(url, session => renewStatistics(session, 'source_a'))
  t.like((await counted())[0], { relname: 'patients', reltuples: 3 })
})

test('the statistics of a partition keep ten common patients, so that a long list of ids is planned at once', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, JSON.stringify([patient('P1', 'Avery Sample')]))
  const { code, stderr } = await caseload(['run', 'source_a', '20230501', '--landing', landing.root], { url })
  t.is(code, 0, stderr)
  const kept = await rowsOf(
    url,
    `select distinct a.attstattarget::integer as kept
     from pg_catalog.pg_attribute as a
     join pg_catalog.pg_class as c on c.oid = a.attrelid
     where c.relnamespace = 'store'::regnamespace and c.relkind = 'r' and a.attname = 'patient_id'`,
  )
  t.deepEqual(kept, [{ kept: 10 }])
})
