import { recordedPrefix } from '../../ledger/access/catalogue.ts'
import { roleNames } from '../../ledger/access/role-names.ts'
import { rowRightsRole } from '../../ledger/access/row-rights.ts'
import { rolesRefused } from '../../ledger/layout.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const check = 'roles'

/** Whether the roles of docs/roles.md are there, and have no hole that the catalogue shows. `caseload prove access` tries the rest. */
export async function access(session: Session): Promise<readonly Finding[]> {
  const prefix = await recordedPrefix(session)
  if (prefix === undefined) {
    const refused = await rolesRefused(session)
    return [ok(check, refused ?? 'none: one login owns everything (caseload migrate makes roles)')]
  }
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
  const holes = await session.query<Hole>(readSql('sql/statements/doctor/access_holes.sql'))
  const found = [...holes.rows, ...(await careHoles(session))]
  if (found.length === 0) return [ok(check, `${prefix}_*: no hole that the catalogue shows`)]
  return found.map(one => warning(check, one.found, one.remedy))
}

interface Hole {
  readonly found: string
  readonly remedy: string
}

async function careHoles(session: Session): Promise<readonly Hole[]> {
  const role = await rowRightsRole(session)
  if (role === undefined) return []
  return (await session.query<Hole>(readSql('sql/statements/doctor/care_holes.sql'), [role])).rows
}
