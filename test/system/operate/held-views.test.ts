import test from 'ava'
import { caseload, ended, start } from '../../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../../helpers/landing.ts'
import { until } from '../../helpers/until.ts'

const run = ['run', 'source_a', '20230501'] as const
/** What would be waited for without end is an error of its own. */
const PGOPTIONS = '-c statement_timeout=30s'

test('a run loads beside a long query that keeps it from making a new view', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, JSON.stringify([patient('P1', 'Avery Sample')]))
  await withSession(url, session => session.query('drop view clinical.readmission_summary'))
  const done = await withSession(url, async reader => {
    await reader.query('begin')
    // It reads no table that the run replaces leaves of.
    await reader.query('select from clinical.lace_comorbidities')
    return caseload([...run, '--landing', landing.root, '--timeout', '60'], { url, env: { PGOPTIONS } })
  })
  t.is(done.code, 0, done.stderr)
  t.regex(done.stderr, /warn .*views: Not made yet: readmission_summary\. Readers held the views/)
  t.is((await rowsOf(url, 'select from clinical.current_patients')).length, 1)
})

test('--timeout and SIGTERM are heard before there is a run: by who migrates, and by --if-changed', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, JSON.stringify([patient('P1', 'Avery Sample')]))
  const options = { url, env: { CASELOAD_LANDING: landing.root, PGOPTIONS } }
  await withSession(url, async session => {
    await session.query(`update caseload.schema_state set fingerprint = 'of an older version'`)
    await session.query(`select pg_advisory_lock(hashtextextended('caseload/migrate', 0))`)
    const migrating = await caseload([...run, '--timeout', '3'], options)
    t.is(migrating.code, 124, migrating.stderr)
  })
  t.is((await caseload(run, options)).code, 0)
  await withSession(url, async session => {
    await session.query('begin')
    await session.query('lock table caseload.runs in access exclusive mode')
    const asking = await caseload([...run, '--if-changed', '--timeout', '3'], options)
    t.is(asking.code, 124, asking.stderr)
    const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'caseload'`
    await until(async () => (await rowsOf(url, waiting)).length === 0)
    const child = start([...run, '--if-changed'], options)
    const over = ended(child)
    await until(async () => (await rowsOf(url, waiting)).length > 0)
    child.kill('SIGTERM')
    t.like(await over, { code: 143 })
    await session.query('rollback')
  })
  t.deepEqual(await rowsOf(url, 'select status from caseload.runs'), [{ status: 'published' }])
})
