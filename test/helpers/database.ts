import { randomBytes } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { connect, type Session } from '../../pipelines/platform/postgres.ts'
import { quoteIdent } from '../../pipelines/platform/sql.ts'
import { clusterDatabase } from './citus-cluster.ts'

/** A database of a test's own, migrated and with its views. */
export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

function fromRunner(
  name: 'CASELOAD_TEST_URL' | 'CASELOAD_TEST_PLACE' | 'CASELOAD_TEST_TEMPLATE' | 'CASELOAD_TEST_PLAIN_TEMPLATE',
): string {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: run the tests with npm test -- <file>`)
  return value
}

/**
 * `migrated`: with tables and views; `plain`: the same, of target postgres whatever the target of the suite; `empty`: as a new
 * server would give it.
 */
export type DatabaseKind = 'migrated' | 'plain' | 'empty'

/** Creates a database on the server of the tests, or on the cluster that CASELOAD_TEST_CITUS_URL names. */
export async function createDatabase(kind: DatabaseKind = 'migrated'): Promise<TestDatabase> {
  const cluster = process.env['CASELOAD_TEST_CITUS_URL']
  if (cluster !== undefined && kind === 'migrated') return clusterDatabase(cluster, kind)
  const server = fromRunner('CASELOAD_TEST_URL')
  const name = `caseload_test_${randomBytes(6).toString('hex')}`
  const template =
    kind === 'empty'
      ? 'template0'
      : fromRunner(kind === 'plain' ? 'CASELOAD_TEST_PLAIN_TEMPLATE' : 'CASELOAD_TEST_TEMPLATE')
  // The copy of a template lies where the template does.
  const place = kind === 'empty' ? fromRunner('CASELOAD_TEST_PLACE') : ''
  await onServer(server, `create database ${quoteIdent(name)} template ${quoteIdent(template)}${place}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => onServer(server, `drop database if exists ${quoteIdent(name)} with (force)`) }
}

/** Creates a database for one test and drops it afterwards. */
export async function testDatabase(t: ExecutionContext, kind?: DatabaseKind): Promise<{ readonly url: string }> {
  const database = await createDatabase(kind)
  t.teardown(() => database.drop())
  return database
}

/** Gives a session of its own to some work. */
export async function withSession<T>(url: string, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await connect({ url, applicationName: 'caseload test' })
  try {
    // As `caseload sql` does: schemas need not be named.
    await session.query('set search_path = clinical, store, caseload')
    return await work(session)
  } finally {
    await session.end()
  }
}

/** Rows of a query, as objects. */
export async function rowsOf(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  return withSession(url, async session => (await session.query<Record<string, unknown>>(text, [...values])).rows)
}

async function onServer(server: string, statement: string): Promise<void> {
  await withSession(server, session => session.query(statement))
}

/**
 * A URL of the same database for a login that is no more than a member of a role.
 *
 * @param of default: the role that owns everything, a superuser
 */
export async function memberUrl(t: ExecutionContext, url: string, of?: string): Promise<string> {
  const login = `caseload_test_member_${randomBytes(4).toString('hex')}`
  await withSession(url, async session => {
    const [owner] = (await session.query<{ name: string }>('select current_user as name')).rows
    await session.query(
      `create role ${quoteIdent(login)} login; grant ${quoteIdent(of ?? owner?.name ?? '')} to ${quoteIdent(login)}`,
    )
  })
  t.teardown(() => withSession(url, session => session.query(`drop role ${quoteIdent(login)}`)).catch(() => undefined))
  const asLogin = new URL(url)
  if (asLogin.username === '') asLogin.searchParams.set('user', login)
  else asLogin.username = login
  return asLogin.href
}
