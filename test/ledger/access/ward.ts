import { randomBytes } from 'node:crypto'
import { createDatabase, rowsOf, withSession } from '../../helpers/database.ts'
import { callMain } from '../../helpers/in-process.ts'
import { sampleData } from '../../helpers/samples.ts'
import type { Ended } from '../../helpers/cli.ts'
import { dropRoles, loginUrl } from './roles.ts'

/** A database with marts and row rights, and logins of the role care. */
export interface Ward {
  readonly url: string
  readonly prefix: string
  /** The URL of a login, such as `dr`, made by {@link openWard}. */
  readonly as: (login: string) => string
  /** A command in this process: one at a time. */
  readonly call: (...words: readonly string[]) => Promise<Ended>
  readonly close: () => Promise<void>
}

/** Patients of source_a whom `dr` sees; `nurse` sees the first and the third, `nobody` none. */
export const seen = ['P-A-001', 'P-A-002', 'P-A-003']

/** Loads the samples of two sources, makes marts, and turns row rights on. */
export async function openWard(logins: readonly string[]): Promise<Ward> {
  const server = process.env['CASELOAD_TEST_URL'] ?? ''
  const prefix = `zt_${randomBytes(4).toString('hex')}`
  const database = await createDatabase()
  const { url } = database
  const call = (...words: readonly string[]): Promise<Ended> =>
    callMain(words, { DATABASE_URL: url, CASELOAD_LANDING: sampleData, CASELOAD_QUIET: 'true' })
  for (const words of [
    ['migrate', '--roles', prefix],
    ['run', 'source_a', '20230501'],
    ['run', 'home_monitoring', '20230501'],
    ['run', 'home_monitoring', '20230503'],
    ['marts', 'rebuild'],
    ['care', 'on'],
  ]) {
    const done = await call(...words)
    if (done.code !== 0) throw new Error(`${words.join(' ')}: ${done.stderr}`)
  }
  const urls = new Map<string, string>()
  for (const login of logins) urls.set(login, await loginUrl(url, prefix, { name: login, of: 'care' }))
  return {
    url,
    prefix,
    as: login => urls.get(login) ?? '',
    call,
    close: async () => {
      await database.drop()
      await dropRoles(server, prefix)
    },
  }
}

/** Lets a login see patients of source_a. */
export async function give({ url, prefix }: Ward, login: string, patients: readonly string[]): Promise<void> {
  await rowsOf(
    url,
    `select caseload.add_care($1, 'patient', 'source_a', u.id, null, null) from unnest($2::text[]) as u (id)`,
    [`${prefix}_${login}`, patients],
  )
}

/** A view or mart that the role care reads. */
export interface Shown {
  readonly identity: string
  readonly columns: readonly string[]
}

/** Those that show patients: all but counts and days. */
export async function shownRelations({ url, prefix }: Ward): Promise<readonly Shown[]> {
  const found = await rowsOf(
    url,
    `select format('%I.%I', n.nspname, c.relname) as identity,
       (select array_to_json(array_agg(a.attname::text)) from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0) as columns
     from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
     where n.nspname in ('care', 'mart') and c.relkind in ('r', 'v') and has_table_privilege($1, c.oid, 'select')
       and c.relname not in ('freshness', 'data_quality_summary', 'delivered_tables', 'missing_batches', 'source_freshness')
     order by 1`,
    [`${prefix}_care`],
  )
  return found as unknown as readonly Shown[]
}

/** How many rows a login sees in a relation. */
export async function countAs(url: string, relation: string): Promise<number> {
  return withSession(url, async session => {
    const found = await session.query<{ rows: number }>(`select count(*)::integer as rows from ${relation}`)
    return found.rows[0]?.rows ?? -1
  })
}
