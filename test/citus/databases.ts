import { readFileSync } from 'node:fs'
import type { ExecutionContext } from 'ava'
import { root } from '../helpers/cli.ts'
import { testDatabase, withSession } from '../helpers/database.ts'
import { clusterDatabase } from '../helpers/citus-cluster.ts'

/** A database of the coordinator of a cluster to test on; undefined: the tests work on plain Postgres with stubs. */
export const cluster: string | undefined = process.env['CASELOAD_TEST_CITUS_URL']

/** Adds the functions of Citus to a database of plain Postgres. */
export async function addStubs(url: string): Promise<void> {
  await withSession(url, session => session.query(readFileSync(`${root}test/citus/stubs.sql`, 'utf8')))
}

/** A database with the functions of Citus, or their stubs, and nothing else. */
export async function emptyCitusDatabase(t: ExecutionContext): Promise<{ readonly url: string }> {
  if (cluster !== undefined) {
    const database = await clusterDatabase(cluster, 'extension')
    t.teardown(() => database.drop())
    return database
  }
  const database = await testDatabase(t, 'empty')
  await addStubs(database.url)
  return database
}
