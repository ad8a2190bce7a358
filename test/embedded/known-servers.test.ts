import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import { knownServers } from '../../pipelines/embedded/known-servers.ts'
import { findServerPaths } from '../../pipelines/embedded/paths.ts'
import { ensureServer, serverStatus, stopServer } from '../../pipelines/embedded/server.ts'
import { UsageError } from '../../pipelines/platform/errors.ts'
import { connect } from '../../pipelines/platform/postgres.ts'
import { callMain } from '../helpers/in-process.ts'
import { scratchHome } from './scratch.ts'

test.serial('a database is made on demand, listed, and removed only when asked twice and not in use', async t => {
  const home = scratchHome(t)
  const folder = dirname(home)
  const state = mkdtempSync(join(tmpdir(), 'caseload-test-state-'))
  t.teardown(() => {
    rmSync(state, { recursive: true })
  })
  process.env['XDG_STATE_HOME'] = state
  const db = (...args: string[]) => callMain(['db', ...args], { CASELOAD_HOME: home })
  const listed = async () => (await knownServers(process.env)).find(one => one.folder === folder)

  await t.throwsAsync(ensureServer({ home, mustExist: true }), {
    instanceOf: UsageError,
    message: /^There is no database here: /,
  })
  t.false(existsSync(home), 'nothing was made')
  t.is(await listed(), undefined)
  t.regex((await db('remove', '--yes')).stderr, /found none for .*caseload db list/)

  const { url } = await ensureServer({ home })
  t.like(await listed(), { running: true, version: '18', data: findServerPaths(home).data })
  const session = await connect({ url, applicationName: 'caseload test' })
  const used = await db('remove', folder, '--yes')
  t.is(used.code, 2)
  t.regex(used.stderr, /^caseload: The server of \S+ runs; other sessions that use it: 1\. Nothing was removed\./)
  await session.end()
  await stopServer({ home })

  const rows = JSON.parse((await db('list', '--json')).stdout) as Record<string, unknown>[]
  const row = rows.find(one => one['folder'] === folder)
  t.like(row, { running: false, version: '18', data: findServerPaths(home).data })
  t.true(Number(row?.['bytes']) > 10_000_000)
  const line = (await db('list')).stdout.split('\n').find(text => text.startsWith(`${folder} `))
  t.regex(line ?? '', / stopped +[\d.]+ MB +\//)

  t.true((await ensureServer({ home, mustExist: true })).startedHere, 'a stopped server is started')
  await stopServer({ home })
  const { root, socketFolder } = findServerPaths(home)
  const asked = await db('remove', folder)
  t.is(asked.code, 2)
  t.true(asked.stdout.includes(root))
  t.regex(asked.stderr, /Nothing was removed\. .* --yes/)
  t.true(existsSync(root))
  const gone = await db('remove', folder, '--yes')
  t.is(gone.code, 0, gone.stderr)
  t.false(existsSync(root) || existsSync(socketFolder))
  t.is(await listed(), undefined)
  t.is((await serverStatus({ home })).version, undefined)
})
