import { once } from 'node:events'
import test from 'ava'
import { caseload, ended, start } from '../helpers/cli.ts'
import { rowsOf, testDatabase } from '../helpers/database.ts'
import { until } from '../helpers/until.ts'
import { type Fate, type OnMessage, startProxy } from '../system/laws/message-proxy.ts'
import {
  batch,
  deliveries,
  holdTables,
  namesSeen,
  patientPublish,
  publishWaits,
  statuses,
  tablesIn,
} from './batches.ts'

const runIt = ['run', batch.source, batch.date, '--landing']

/** Decides about the message that publishes. */
const atPublish =
  (fate: Fate): OnMessage =>
  (type, body) =>
    type === 'P' && body.includes('caseload.publish(') ? fate : 'pass'

test('a connection cut before the server got the publish: the ledger says no, and nothing is left behind', async t => {
  const { url } = await testDatabase(t)
  const { root, deliver } = deliveries(t)
  deliver('old')
  t.like(await caseload([...runIt, root], { url }), { code: 0 })
  deliver('new')
  const proxy = await startProxy(url, atPublish('cut'))
  t.teardown(proxy.close)
  const run = await caseload([...runIt, root], { url: proxy.url })
  t.is(run.code, 1)
  t.regex(run.stderr, /nothing was published/)
  t.deepEqual(await statuses(url), ['published', 'failed'])
  t.deepEqual(await namesSeen(url), ['old'])
  t.deepEqual(await tablesIn(url, 'caseload_stage'), [])
})

test('a connection cut before the answer came: the ledger says yes', async t => {
  const { url } = await testDatabase(t)
  const { root, deliver } = deliveries(t)
  deliver('new')
  const proxy = await startProxy(url, atPublish('cut the answer'))
  t.teardown(proxy.close)
  t.like(await caseload([...runIt, root], { url: proxy.url }), { code: 0 })
  t.deepEqual(await statuses(url), ['published'])
  t.deepEqual(await namesSeen(url), ['new'])
})

test('a connection cut while the server still publishes: the run waits for the outcome', async t => {
  const { url } = await testDatabase(t)
  const { root, deliver } = deliveries(t)
  deliver('old')
  t.like(await caseload([...runIt, root], { url }), { code: 0 })
  deliver('new')
  // Time enough to cut the connection within one try: of what is locked first. The server itself notices after a second,
  // and where the run asks later than that, the publish is over, and another attempt would wait for the reader.
  const proxy = await startProxy(url, patientPublish)
  t.teardown(proxy.close)
  const reader = await holdTables(t, url, 'diagnoses')
  let over = false
  const run = ended(start([...runIt, root, '--retries', '0'], { url: proxy.url })).finally(() => (over = true))
  await publishWaits(url)
  proxy.cut()
  await until(async () => over || (await waitsForRow(url)))
  await reader.release()
  const { code } = await run
  const isPublished = (await statuses(url)).at(-1) === 'published'
  t.is(code, isPublished ? 0 : 1, 'what the command says is what happened')
  t.deepEqual(await namesSeen(url), [isPublished ? 'new' : 'old'])
  t.deepEqual(await tablesIn(url, 'caseload_stage'), [])
})

test('a command killed while its engine commits: its leaves are dropped by the next run', async t => {
  const { url } = await testDatabase(t)
  const { root, deliver } = deliveries(t)
  deliver('old')
  t.like(await caseload([...runIt, root], { url }), { code: 0 })
  deliver('lost')
  let release = (): void => undefined
  const released = new Promise<void>(resolve => (release = resolve))
  let copies = 0
  let held = 0
  const inFlight: OnMessage = (type, body) => {
    const statement = type === 'Q' ? body.toString() : ''
    if (statement.startsWith('copy ')) copies++
    // The command's own commits come before.
    if (copies === 0 || !statement.startsWith('commit')) return 'pass'
    held++
    return released
  }
  const proxy = await startProxy(url, inFlight)
  t.teardown(proxy.close)
  const command = start([...runIt, root], { url: proxy.url })
  await until(() => Promise.resolve(held === 4))
  command.kill('SIGKILL')
  await once(command, 'close')
  t.deepEqual(await statuses(url), ['published', 'running'])
  await until(async () => {
    const { stdout } = await caseload(['runs', '--json'], { url })
    return (JSON.parse(stdout) as { status: string }[])[0]?.status === 'aborted'
  })
  t.deepEqual(await namesSeen(url), ['old'])

  deliver('new')
  let over = false
  const next = ended(start([...runIt, root], { url })).finally(() => (over = true))
  await until(async () => over || (await waitsForRow(url)))
  release()
  t.like(await next, { code: 0 })
  t.deepEqual(await statuses(url), ['replaced', 'aborted', 'published'])
  t.deepEqual(await namesSeen(url), ['new'])
  await until(
    async () =>
      (
        await rowsOf(
          url,
          `select 1 from pg_catalog.pg_stat_activity where state <> 'idle' and pid <> pg_backend_pid() and datname = current_database()`,
        )
      ).length === 0,
  )
  t.deepEqual(await tablesIn(url, 'caseload_stage'), [])
  t.is((await tablesIn(url, 'caseload_kept')).length, 4)
})

/** True while some session waits for another's transaction, as for a row that it changed. */
async function waitsForRow(url: string): Promise<boolean> {
  // The lock of a transaction says of no database; tests of other files share the server.
  const waiting = await rowsOf(
    url,
    `select 1 from pg_catalog.pg_locks as l join pg_catalog.pg_stat_activity as a on a.pid = l.pid
     where not l.granted and l.locktype = 'transactionid' and a.datname = current_database()`,
  )
  return waiting.length > 0
}

test('a backend that is terminated while it publishes: the ledger says no', async t => {
  const { url } = await testDatabase(t)
  const { root, deliver } = deliveries(t)
  deliver('old')
  t.like(await caseload([...runIt, root], { url }), { code: 0 })
  deliver('new')
  const reader = await holdTables(t, url)
  const run = ended(start([...runIt, root, '--retries', '0'], { url }))
  const backend = await publishWaits(url)
  await rowsOf(url, 'select pg_terminate_backend($1)', [backend])
  const { code, stderr } = await run
  await reader.release()
  t.is(code, 1)
  t.regex(stderr, /nothing was published/)
  t.deepEqual(await statuses(url), ['published', 'failed'])
  t.deepEqual(await namesSeen(url), ['old'])
  t.deepEqual(await tablesIn(url, 'caseload_stage'), [])
})
