import { UsageError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { recordedPrefix } from './catalogue.ts'
import { roleNames } from './role-names.ts'

/**
 * The name of the owner's role, where the session acts as a member of the loader's or the operator's role and not as the owner.
 *
 * @returns undefined for an owner, for a database without roles, and for a login without a role
 */
export async function memberOf(
  session: Session,
): Promise<{ readonly owner: string; readonly login: string } | undefined> {
  const found = await session.query<{ is_owner: boolean; roles: readonly string[] }>(
    readSql('sql/statements/access/acting_roles.sql'),
  )
  const [acting] = found.rows
  if (acting === undefined || acting.is_owner || acting.roles.length === 0) return undefined
  const prefix = await recordedPrefix(session)
  if (prefix === undefined) return undefined
  const named = await session.query<{ login: string }>('select session_user::text as login')
  return { owner: roleNames(prefix).owner, login: named.rows[0]?.login ?? '' }
}

/** The error of a member for whom the database has to be migrated first. */
export function migrateFirst({ owner, login }: { readonly owner: string; readonly login: string }): UsageError {
  return new UsageError(
    `The database is not of this version of Caseload, and ${login} may not migrate it. To go on, as a member of ${owner}: caseload migrate.`,
  )
}
