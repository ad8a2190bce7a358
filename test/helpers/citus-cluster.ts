import { randomBytes } from 'node:crypto'
import { migrate } from '../../pipelines/ledger/migrate.ts'
import { createViews } from '../../pipelines/ledger/views.ts'
import { connect, type Session } from '../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../pipelines/platform/sql.ts'

interface Node {
  readonly host: string
  readonly port: number
  readonly is_coordinator: boolean
}

/**
 * Creates a database on every node of a Citus cluster.
 *
 * @param coordinator a database of the coordinator that has Citus, and that the login may leave for any node
 * @param kind `migrated`: of target citus, with views; `extension`: with Citus alone
 */
export async function clusterDatabase(
  coordinator: string,
  kind: 'migrated' | 'extension',
): Promise<{ readonly url: string; readonly drop: () => Promise<void> }> {
  const name = `caseload_test_${randomBytes(6).toString('hex')}`
  const nodes = await on(coordinator, async session => {
    const found = await session.query<Node>(
      `select nodename as host, nodeport as port, groupid = 0 as is_coordinator
       from pg_catalog.pg_dist_node where noderole = 'primary' and isactive order by groupid`,
    )
    return found.rows
  })
  for (const node of nodes) {
    await on(placeOf(coordinator, node, 'postgres'), session => session.query(`create database ${quoteIdent(name)}`))
    await on(placeOf(coordinator, node, name), session => session.query('create extension citus'))
  }
  const url = new URL(coordinator)
  url.pathname = `/${name}`
  await on(url.href, async session => {
    for (const { host, port, is_coordinator } of nodes) {
      const add = is_coordinator ? 'citus_set_coordinator_host' : 'citus_add_node'
      await session.query(`select ${add}($1, $2)`, [host, port])
    }
    if (kind === 'extension') return
    await migrate(session, { target: 'citus' })
    await createViews(session)
  })
  return { url: url.href, drop: () => dropOn(coordinator, nodes, name) }
}

async function dropOn(coordinator: string, nodes: readonly Node[], name: string): Promise<void> {
  for (const node of nodes) {
    await on(placeOf(coordinator, node, 'postgres'), session =>
      session.query(`drop database if exists ${quoteIdent(name)} with (force)`),
    )
  }
}

function placeOf(coordinator: string, { host, port }: Node, database: string): string {
  const url = new URL(coordinator)
  url.hostname = host
  url.port = String(port)
  url.pathname = `/${database}`
  return url.href
}

async function on<T>(url: string, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await connect({ url, applicationName: 'caseload test' })
  try {
    return await work(session)
  } finally {
    await session.end()
  }
}
