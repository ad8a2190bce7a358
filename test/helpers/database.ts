import { randomBytes } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { connect } from '../../pipelines/postgres.ts'
import { quoteIdent } from '../../pipelines/sql.ts'

/**
 * Creates a database of its own for one test on the server that CASELOAD_TEST_URL names, and drops it afterwards.
 *
 * @throws Error if CASELOAD_TEST_URL is not set
 */
export async function testDatabase(t: ExecutionContext): Promise<{ readonly url: string }> {
  const server = process.env['CASELOAD_TEST_URL']
  if (server === undefined) throw new Error('CASELOAD_TEST_URL must name a server on which databases can be created')
  const name = `caseload_test_${randomBytes(6).toString('hex')}`
  await onServer(server, `create database ${quoteIdent(name)}`)
  t.teardown(() => onServer(server, `drop database ${quoteIdent(name)} with (force)`))
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href }
}

async function onServer(server: string, statement: string): Promise<void> {
  const session = await connect({ url: server, applicationName: 'caseload test' })
  try {
    await session.query(statement)
  } finally {
    await session.end()
  }
}
