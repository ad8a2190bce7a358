import { statSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import test from 'ava'
import { sessionName } from '../../pipelines/source/batch.ts'
import { findServerPaths } from '../../pipelines/embedded/paths.ts'
import { openServerPort, serverUrl } from '../../pipelines/embedded/port.ts'
import { ensureServer, serverStatus, stopServer } from '../../pipelines/embedded/server.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { connect } from '../../pipelines/platform/postgres.ts'
import { runProgram, scratchHome } from './scratch.ts'

const name = 'caseload test'

/** Takes a free port on loopback and holds it until released. */
async function heldPort(): Promise<{ port: number; release: () => Promise<void> }> {
  const holder = createServer()
  await new Promise<void>(resolve => {
    holder.listen({ port: 0, host: '127.0.0.1' }, () => {
      resolve()
    })
  })
  const release = (): Promise<void> =>
    new Promise(resolve => {
      holder.close(() => {
        resolve()
      })
    })
  return { port: (holder.address() as AddressInfo).port, release }
}

test.serial('an open port needs the stored password, and closes with the next start without a port', async t => {
  const home = scratchHome(t)
  const { port, release } = await heldPort()
  const plain = await ensureServer({ home })
  await t.throwsAsync(openServerPort({ home, port }), { instanceOf: UsageError, message: /in use/ })
  t.like(await serverStatus({ home }), { running: true, url: plain.url }, 'a port in use causes no restart')
  await release()

  const open = await openServerPort({ home, port })
  t.true(open.restarted)
  t.is(await serverUrl({ home }), open.tcpUrl)
  t.is(statSync(findServerPaths(home).passwordFile).mode & 0o777, 0o600)
  for (const url of [open.tcpUrl, open.url]) {
    const session = await connect({ url, applicationName: name })
    t.deepEqual((await session.query('select 1 as one')).rows, [{ one: 1 }])
    await session.end()
  }
  const wrong = new URL(open.tcpUrl)
  wrong.password = 'wrong'
  await t.throwsAsync(connect({ url: wrong.href, applicationName: name }), { message: /user or the password/ })
  const shared = await openServerPort({ home, port })
  t.like(shared, { restarted: false, startedHere: false, tcpUrl: open.tcpUrl })

  await stopServer({ home })
  const again = await ensureServer({ home })
  t.is(again.port, undefined)
  t.is(await serverUrl({ home }), again.url)
  await t.throwsAsync(connect({ url: open.tcpUrl, applicationName: name }), { message: /no server listens/ })
})

test.serial('a restart for a port waits for the batches that runs are loading', async t => {
  const home = scratchHome(t)
  const { port, release } = await heldPort()
  const { url } = await ensureServer({ home })
  await release()
  const running = await connect({
    url,
    applicationName: sessionName({ source: 'ward', date: '2023-05-01' }, '01234567'),
  })
  const waits: (readonly string[])[] = []
  let served: Promise<unknown> = Promise.resolve()
  const onWaiting = (batches: readonly string[]): void => {
    waits.push(batches)
    served = running.query('select 1').finally(() => running.end())
  }
  const { restarted } = await openServerPort({ home, port, onWaiting })
  t.true(restarted)
  t.deepEqual(waits, [['ward 2023-05-01']])
  await t.notThrowsAsync(served, 'the run finished')
})

test.serial('caseload db reports what it did, and url prints only the URL', async t => {
  const home = scratchHome(t)
  const db = (...args: string[]) => runProgram('run-db.js', ['db', ...args], { env: { CASELOAD_HOME: home } })
  const early = await db('url')
  t.like(early, { code: 2, stdout: '' })
  t.regex(early.stderr, /does not run/)
  const started = await db('start')
  t.like(started, { code: 0, stdout: 'The server is started.\n' })
  t.true(started.stderr.includes(`with an empty database in ${findServerPaths(home).data}.`))
  const { url = '' } = await serverStatus({ home })
  t.deepEqual(await db('url'), { code: 0, stdout: `${url}\n`, stderr: '' })
  const elsewhere = { CASELOAD_HOME: home, DATABASE_URL: 'postgresql://elsewhere.invalid/x' }
  const besides = await runProgram('run-db.js', ['db', 'url'], { env: elsewhere })
  t.is(besides.stdout, `${url}\n`)
  t.regex(besides.stderr, /DATABASE_URL is set/)
  const status = JSON.parse((await db('status', '--json')).stdout) as Record<string, unknown>
  t.like(status, { running: true, version: '18', url, port: null, dataFolder: findServerPaths(home).data })
  t.like(await db('stop'), { code: 0, stdout: 'The server is stopped.\n' })
  t.regex((await db('status')).stdout, /does not run/)
})
