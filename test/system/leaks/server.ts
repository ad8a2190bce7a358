import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { openServerPort } from '../../../pipelines/embedded/port.ts'
import { serverStatus } from '../../../pipelines/embedded/server.ts'
import { connect } from '../../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../../pipelines/platform/sql.ts'
import { makeScratch } from '../../embedded/scratch.ts'
import { caseload } from '../../helpers/cli.ts'
import { freePort } from '../../helpers/port.ts'

/** A server of a test file's own, reached with a password, whose log can be read. */
export interface LoggingServer {
  /** Makes a migrated database and gives its URL, with the password. */
  readonly database: () => Promise<string>
  readonly password: string
  /** What the server wrote since it was started. */
  readonly log: () => string
  readonly stop: () => Promise<void>
}

/** Starts the embedded server with an open port. */
export async function startServer(): Promise<LoggingServer> {
  const { home, remove } = makeScratch()
  const open = await openServerPort({ home, port: await freePort() })
  for (const command of ['migrate', 'views']) {
    const { code, stderr } = await caseload([command], { url: open.tcpUrl })
    if (code !== 0) throw new Error(stderr)
  }
  const { log } = await serverStatus({ home })
  const { password, pathname } = new URL(open.tcpUrl)
  return {
    password,
    log: () => readFileSync(log, 'utf8'),
    stop: remove,
    database: async () => {
      const name = `leaks_${randomBytes(6).toString('hex')}`
      const postgres = new URL(open.tcpUrl)
      postgres.pathname = '/postgres'
      const session = await connect({ url: postgres.href, applicationName: 'caseload test' })
      await session
        .query(`create database ${quoteIdent(name)} template ${quoteIdent(pathname.slice(1))}`)
        .finally(() => session.end())
      const url = new URL(open.tcpUrl)
      url.pathname = `/${name}`
      return url.href
    },
  }
}
