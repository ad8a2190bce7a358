import { randomBytes } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { rowsOf, withSession } from '../../helpers/database.ts'

const suffixes = ['owner', 'loader', 'operator', 'clinical', 'care', 'quality', 'audit']

/** A prefix of roles for one test; the roles and the logins whose names begin with it go with the test. */
export function testPrefix(t: ExecutionContext, server: string): string {
  const prefix = `zt_${randomBytes(4).toString('hex')}`
  t.teardown(() => dropRoles(server, prefix))
  return prefix
}

/** Drops the roles and logins of a prefix. Objects of other databases would keep a role alive: their databases are dropped by then. */
export async function dropRoles(server: string, prefix: string): Promise<void> {
  await withSession(server, async session => {
    const found = await session.query<{ name: string }>(
      'select rolname as name from pg_roles where starts_with(rolname, $1)',
      [prefix],
    )
    for (const { name } of found.rows) await session.query(`drop owned by ${name} cascade`)
    for (const { name } of found.rows) await session.query(`drop role ${name}`)
  })
}

/** The names of the seven roles of a prefix that exist, without it. */
export async function rolesOf(url: string, prefix: string): Promise<readonly string[]> {
  const found = await rowsOf(url, `select rolname as name from pg_roles where rolname = any ($1)`, [
    suffixes.map(suffix => `${prefix}_${suffix}`),
  ])
  return found.map(row => String(row['name']).slice(prefix.length + 1)).sort()
}

/** A login with some attributes or memberships; goes with the prefix. */
export async function loginUrl(
  url: string,
  prefix: string,
  { name, attributes = '', of }: { readonly name: string; readonly attributes?: string; readonly of?: string },
): Promise<string> {
  const login = `${prefix}_${name}`
  await rowsOf(url, `create role ${login} login ${attributes}${of === undefined ? '' : ` in role ${prefix}_${of}`}`)
  const there = new URL(url)
  if (there.username === '') there.searchParams.set('user', login)
  else there.username = login
  return there.href
}

/** One row per owner of objects in Caseload's schemas, with how many objects. */
export async function owners(url: string): Promise<readonly string[]> {
  const found = await rowsOf(
    url,
    `select distinct pg_get_userbyid(o.owner) as owner
     from (
       select relnamespace as place, relowner as owner from pg_class
       union all select pronamespace, proowner from pg_proc
       union all select typnamespace, typowner from pg_type
       union all select oid, nspowner from pg_namespace
     ) as o
     join pg_namespace as n on n.oid = o.place
     where n.nspname in ('store', 'clinical', 'mart', 'caseload', 'caseload_stage', 'caseload_kept', 'caseload_queue')
     order by 1`,
  )
  return found.map(row => String(row['owner']))
}
