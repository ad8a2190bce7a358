import test, { type ExecutionContext } from 'ava'
import { makeScratch } from '../../embedded/scratch.ts'
import { type CallOptions, caseload, type Ended, ended, start } from '../../helpers/cli.ts'
import { rowsOf, testDatabase, withSession } from '../../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../../helpers/landing.ts'
import { ampleTimeout } from '../../helpers/limit.ts'
import { until } from '../../helpers/until.ts'
import { whilePatientsHeld } from './many-days.ts'

const run = ['run', 'source_a', '20230501'] as const
const waiting = `from pg_stat_activity where wait_event_type = 'Lock' and query like '%stage_table%' and pid <> pg_backend_pid()`

/** A batch that was loaded once, and will be loaded again with another name. */
async function scene(t: ExecutionContext): Promise<CallOptions & { readonly url: string }> {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  const options = { url, env: { CASELOAD_LANDING: landing.root } }
  landing.write(eventsFile, JSON.stringify([patient('P1', 'Avery Sample')]))
  t.is((await caseload(run, options)).code, 0)
  landing.write(eventsFile, JSON.stringify([patient('P1', 'Blake Example')]))
  return options
}

/** Calls a run, and does something while it waits to make its leaves; what it waits for is let go afterwards. */
async function disturbed(
  options: CallOptions & { readonly url: string },
  args: readonly string[],
  disturb: (child: { kill(signal: 'SIGTERM'): unknown }) => Promise<unknown>,
): Promise<Ended> {
  return whilePatientsHeld(options.url, async release => {
    const child = start([...run, ...args], options)
    const over = ended(child)
    await until(async () => (await rowsOf(options.url, `select ${waiting}`)).length > 0)
    await disturb({ kill: signal => child.kill(signal) })
    await release()
    return over
  })
}

const attempts = (url: string): Promise<Record<string, unknown>[]> =>
  rowsOf(
    url,
    `select r.status, r.attempts, a.attempt, a.error_class from caseload.runs as r left join caseload.attempts as a using (run_id)
     order by r.started_at desc, a.attempt limit 1`,
  )

test('a lost connection is tried again, and the ledger keeps the failed attempt', async t => {
  const options = await scene(t)
  const done = await disturbed(options, [], () => rowsOf(options.url, `select pg_terminate_backend(pid) ${waiting}`))
  t.is(done.code, 0, done.stderr)
  t.regex(
    done.stderr,
    /warn source_a 2023-05-01 retry: .*connection.* lost while staging.* Attempt 2 begins in [01]\.\d s/,
  )
  t.deepEqual(await attempts(options.url), [
    { status: 'published', attempts: 2, attempt: 1, error_class: 'TransientError' },
  ])
  t.deepEqual(await rowsOf(options.url, 'select name from store.patients'), [{ name: 'Blake Example' }])
  t.deepEqual(await rowsOf(options.url, `select from caseload.tables where state = 'staged'`), [])
})

test('--retries 0 tries once; what was published before is still there', async t => {
  const options = await scene(t)
  const done = await disturbed(options, ['--retries', '0'], () =>
    rowsOf(options.url, `select pg_terminate_backend(pid) ${waiting}`),
  )
  t.is(done.code, 1)
  t.deepEqual(await attempts(options.url), [{ status: 'failed', attempts: 1, attempt: null, error_class: null }])
  t.deepEqual(await rowsOf(options.url, 'select name from store.patients'), [{ name: 'Avery Sample' }])
})

test('what the data causes is not tried again', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, '[{"patient_id": ')
  const done = await caseload([...run, '--landing', landing.root], { url })
  t.is(done.code, 3)
  t.notRegex(done.stderr, /retry:/)
  t.deepEqual(await attempts(url), [{ status: 'refused', attempts: 1, attempt: null, error_class: null }])
})

test('--timeout gives up with 124, SIGTERM with 143, and the ledger says so', async t => {
  const options = await scene(t)
  const limit = await ampleTimeout(async () => {
    t.is((await caseload(run, options)).code, 0)
  })
  const late = await whilePatientsHeld(options.url, () => caseload([...run, '--timeout', limit], options))
  t.is(late.code, 124, late.stderr)
  // It did not come to the publish: the process of the engine waited.
  t.regex(late.stderr, /It waited for table store\.patients\w*, held by session \d+ \(/)
  const stopped = await disturbed(options, [], child => Promise.resolve(child.kill('SIGTERM')))
  t.is(stopped.code, 143, stopped.stderr)
  t.deepEqual(
    await rowsOf(options.url, 'select status, error_class from caseload.runs order by started_at desc limit 2'),
    [
      { status: 'aborted', error_class: 'AbortedError' },
      { status: 'aborted', error_class: 'TimeoutError' },
    ],
  )
  t.deepEqual(await rowsOf(options.url, `select from caseload.tables where state = 'staged'`), [])
})

test('--timeout holds, and SIGTERM is heard, while the command itself waits for a lock', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, JSON.stringify([patient('P1', 'Avery Sample')]))
  const options = { url, env: { CASELOAD_LANDING: landing.root } }
  await withSession(url, async session => {
    await session.query('begin')
    // A source's first batch makes its parents.
    await session.query('lock table only store.patients in access exclusive mode')
    const waiting = async (): Promise<number> =>
      (
        await rowsOf(
          url,
          `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%prepare_run%' and pid <> pg_backend_pid()`,
        )
      ).length
    const late = await caseload([...run, '--timeout', '3'], options)
    t.is(late.code, 124, late.stderr)
    t.regex(late.stderr, /It waited for table store\.patients, held by session \d+ \(/)
    // The server notices within a second that the first one has gone.
    await until(async () => (await waiting()) === 0)
    const child = start(run, options)
    const over = ended(child)
    await until(async () => (await waiting()) > 0)
    child.kill('SIGTERM')
    t.like(await over, { code: 143 })
    await session.query('rollback')
  })
  t.deepEqual(await rowsOf(url, 'select distinct status from caseload.runs'), [{ status: 'aborted' }])
})

test('a server that is restarted in the middle of a run is waited for', async t => {
  const { home, remove } = makeScratch()
  t.teardown(remove)
  const landing = testLanding(t)
  landing.write(eventsFile, JSON.stringify([patient('P1', 'Avery Sample')]))
  const options = { env: { CASELOAD_HOME: home, CASELOAD_LANDING: landing.root, DATABASE_URL: '' } }
  t.is((await caseload(['db', 'start'], options)).code, 0)
  const url = (await caseload(['db', 'url'], options)).stdout.trim()
  t.is((await caseload(run, options)).code, 0)
  const done = await disturbed({ url, env: options.env }, [], async () => {
    t.is((await caseload(['db', 'stop'], options)).code, 0)
    t.is((await caseload(['db', 'start'], options)).code, 0)
  }).catch((error: unknown) => error)
  // The session that held the run lost its connection too.
  t.true(done instanceof Error)
  await until(async () => (await attempts(url))[0]?.['status'] === 'published')
  t.like((await attempts(url))[0], { status: 'published', attempt: 1 })
})
