import { recordedPrefix } from '../../ledger/access/catalogue.ts'
import { roleNames } from '../../ledger/access/role-names.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const check = 'roles'

/** Whether the roles of docs/roles.md are there, and have no hole that the catalogue shows. `caseload prove access` tries the rest. */
export async function access(session: Session): Promise<readonly Finding[]> {
  const prefix = await recordedPrefix(session)
  if (prefix === undefined) return [ok(check, 'none: one login owns everything (caseload migrate makes roles)')]
  const { all } = roleNames(prefix)
  const there = await session.query<{ name: string }>(
    'select rolname as name from pg_catalog.pg_roles where rolname = any ($1)',
    [all],
  )
  const missing = all.filter(name => there.rows.every(row => row.name !== name))
  if (missing.length > 0) {
    return [
      error(check, `the server lacks ${missing.join(', ')}, which this database has recorded`, 'caseload migrate'),
    ]
  }
  const holes = await session.query<{ found: string; remedy: string }>(
    readSql('sql/statements/doctor/access_holes.sql'),
  )
  if (holes.rows.length === 0) return [ok(check, `${prefix}_*: no hole that the catalogue shows`)]
  return holes.rows.map(({ found, remedy }) => warning(check, found, remedy))
}
