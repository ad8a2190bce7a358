import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { caseload, ended, start } from '../helpers/cli.ts'
import { memberUrl, rowsOf, testDatabase, withSession } from '../helpers/database.ts'
import { eventsFile, patient, testLanding } from '../helpers/landing.ts'
import { childrenOf, isAlive } from '../helpers/processes.ts'

const run = ['run', 'source_a', '20230501'] as const
const events = (name: string): string => JSON.stringify([patient('P1', name)])
const names = (url: string): Promise<unknown> => rowsOf(url, 'select name from store.patients')

const waits = (url: string): Promise<readonly unknown[]> =>
  rowsOf(
    url,
    `select from pg_stat_activity where wait_event_type = 'Lock' and query like '%stage_table%' and pid <> pg_backend_pid()`,
  )

test('the death of the engine fails that batch with a clear error, and the next run works', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, events('Avery Sample'))
  t.is((await caseload([...run, '--landing', landing.root], { url })).code, 0)
  landing.write(eventsFile, events('Blake Example'))
  await withSession(url, async session => {
    await session.query('begin')
    await session.query('lock table only store.patients in access exclusive mode')
    const child = start([...run, '--landing', landing.root], { url })
    const over = ended(child)
    while ((await waits(url)).length === 0) await sleep(20)
    const engines = childrenOf(child.pid ?? -1)
    t.is(engines.length, 1)
    for (const pid of engines) process.kill(pid, 'SIGKILL')
    await session.query('rollback')
    const { code, stderr } = await over
    t.is(code, 1)
    t.regex(stderr, /engine's process ended \(SIGKILL\)/)
  })
  t.deepEqual(await names(url), [{ name: 'Avery Sample' }])
  const [last] = await rowsOf(url, 'select status, error_class from caseload.runs order by started_at desc limit 1')
  t.deepEqual(last, { status: 'failed', error_class: 'EngineDiedError' })
  t.is((await caseload([...run, '--landing', landing.root], { url })).code, 0)
  t.deepEqual(await names(url), [{ name: 'Blake Example' }])
})

test('a command killed in the middle leaves no engine and no work folder behind', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, events('Avery Sample'))
  t.is((await caseload([...run, '--landing', landing.root], { url })).code, 0)
  const work = mkdtempSync(join(tmpdir(), 'caseload-work-'))
  t.teardown(() => {
    rmSync(work, { recursive: true, force: true })
  })
  await withSession(url, async session => {
    await session.query('begin')
    await session.query('lock table only store.patients in access exclusive mode')
    const child = start([...run, '--landing', landing.root], { url, env: { CASELOAD_WORK: work } })
    while ((await waits(url)).length === 0) await sleep(20)
    const engines = childrenOf(child.pid ?? -1)
    const [folder = ''] = readdirSync(work)
    t.is(statSync(join(work, folder)).mode & 0o777, 0o700)
    child.kill('SIGKILL')
    while (engines.some(isAlive)) await sleep(20)
    t.deepEqual(readdirSync(work), [])
    await session.query('rollback')
  })
})

test('a login that is a member of the owner loads batches that the owner can replace, and the reverse', async t => {
  const { url } = await testDatabase(t)
  const landing = testLanding(t)
  landing.write(eventsFile, events('Avery Sample'))
  const member = await memberUrl(t, url)
  for (const as of [member, url, member]) {
    const done = await caseload([...run, '--landing', landing.root], { url: as })
    t.is(done.code, 0, done.stderr)
  }
  const owners = await rowsOf(
    url,
    `select distinct relowner = current_user::regrole as of_owner from pg_class where relname like 'patients%' and relkind in ('r', 'p')`,
  )
  t.deepEqual(owners, [{ of_owner: true }])
})
