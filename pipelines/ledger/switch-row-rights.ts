import { UsageError } from '../platform/errors.ts'
import { type LockWaitLimits, retryUntilLocked } from '../platform/lock-wait.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { rolesRefused } from './layout.ts'
import { underMigrationLock } from './migration-lock.ts'
import { readFacts, recordedPrefix } from './access/catalogue.ts'
import { keepAccess } from './access/plan-access.ts'
import { roleNames } from './access/role-names.ts'
import { dropCareViews, dropRowSecurity, keepCareViews, keepRowSecurity } from './access/row-rights.ts'

/** How a change waits for readers of marts and views. */
export interface SwitchOptions {
  readonly limits: LockWaitLimits
  /** Checked before every attempt. */
  readonly signal: AbortSignal
}

const subject = { subject: 'the views and marts that get row rights', schema: 'clinical' } as const

/**
 * Turns row rights on: makes schema care, gives the marts their policies, and lets the role care read both. Repeated, it makes what
 * is missing. One transaction.
 *
 * @throws UsageError without roles, for a schema care that Caseload has not made, and for a role that would lose a view
 * @throws LockedError if readers hold a view or a mart for as long as the budget
 */
export async function turnRowRightsOn(session: Session, { limits, signal }: SwitchOptions): Promise<void> {
  await requireRoles(session)
  await retryUntilLocked(
    ({ lockTimeout }) =>
      underMigrationLock(session, async () => {
        await session.query(`select set_config('lock_timeout', $1, true)`, [lockTimeout])
        if (!(await isOn(session))) await refuseLosers(session)
        await makeSchema(session)
        await session.query('update caseload.access set has_row_rights = true')
        await keepCareViews(session)
        await keepRowSecurity(session)
        await keepAccess(session)
      }),
    { session, limits, signal, ...subject },
  )
}

/**
 * Turns row rights off: the role care reads nothing from then on. The care team stays. One transaction.
 *
 * @throws UsageError if objects of the user are in schema care, or read it
 * @throws LockedError if readers hold a view or a mart for as long as the budget
 */
export async function turnRowRightsOff(session: Session, { limits, signal }: SwitchOptions): Promise<void> {
  await requireRoles(session)
  await retryUntilLocked(
    ({ lockTimeout }) =>
      underMigrationLock(session, async () => {
        if (!(await isOn(session))) return
        await session.query(`select set_config('lock_timeout', $1, true)`, [lockTimeout])
        await dropCareViews(session)
        await refuseStrangers(session)
        await session.query('drop schema if exists care')
        await dropRowSecurity(session)
        await session.query('update caseload.access set has_row_rights = false')
        await keepAccess(session)
      }),
    { session, limits, signal, ...subject },
  )
}

async function requireRoles(session: Session): Promise<void> {
  const prefix = await recordedPrefix(session)
  const names = prefix === undefined ? undefined : roleNames(prefix)
  if (names !== undefined && (await readFacts(session, names)).there.length === names.all.length) return
  const refused = await rolesRefused(session)
  if (refused !== undefined) throw new UsageError(`${refused}.`)
  throw new UsageError(
    'Expected a database with the roles of docs/roles.md, found none or not all. To make them: caseload migrate',
  )
}

async function isOn(session: Session): Promise<boolean> {
  return (await session.query('select from caseload.access where has_row_rights')).rowCount === 1
}

async function makeSchema(session: Session): Promise<void> {
  const there = await session.query(`select from pg_catalog.pg_namespace where nspname = 'care'`)
  if (there.rowCount === 0) {
    await session.query('create schema care')
    return
  }
  if (await isOn(session)) return
  throw new UsageError(
    'Expected no schema of the name care, found one that Caseload has not made. Nothing was changed. Rename it, or use another ' +
      'database for Caseload.',
  )
}

/** A view of schema mart reads with the rights of its reader from now on. */
async function refuseLosers(session: Session): Promise<void> {
  const found = await session.query<{ role: string; remedy: string }>(readSql('sql/statements/access/care_readers.sql'))
  if (found.rows.length === 0) return
  const roles = [...new Set(found.rows.map(({ role }) => role))]
  throw new UsageError(
    `Expected each reader of a view of schema mart to have the right to read its marts, too, because the view uses the rights of its ` +
      `reader; found that ${roles.join(', ')} may not. Nothing was changed. To go on: ${found.rows.map(({ remedy }) => remedy).join('; ')}.`,
  )
}

async function refuseStrangers(session: Session): Promise<void> {
  const found = await session.query<{ name: string }>(
    `select relname as name from pg_catalog.pg_class where relnamespace = to_regnamespace('care') and relkind in ('r', 'p', 'v', 'm', 'f')`,
  )
  if (found.rows.length === 0) return
  throw new UsageError(
    `Expected nothing but Caseload's views in schema care, found ${found.rows.map(({ name }) => name).join(', ')}. Nothing was ` +
      'changed. Move it to another schema and call the command again.',
  )
}
