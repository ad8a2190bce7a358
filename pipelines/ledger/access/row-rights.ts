import { UsageError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { errorCode } from '../../platform/server-error.ts'
import { quoteIdent, readSql } from '../../platform/sql.ts'
import { recordedPrefix } from './catalogue.ts'
import { roleNames } from './role-names.ts'
import { careView, rowCondition, rowFilterOf } from './row-filter.ts'

/** The role that row rights are for, where they are on; the database has a ledger of this version. */
export async function rowRightsRole(session: Session): Promise<string | undefined> {
  const found = await session.query<{ has_row_rights: boolean }>('select has_row_rights from caseload.access')
  if (found.rows[0]?.has_row_rights !== true) return undefined
  const prefix = await recordedPrefix(session)
  return prefix === undefined ? undefined : roleNames(prefix).of.care
}

/** A live view or a mart. */
export interface CareRelation {
  readonly name: string
  readonly kind: 'r' | 'v'
  readonly columns: readonly string[]
  /** The columns of the view of schema care of its name; null where there is none. */
  readonly shown: readonly string[] | null
}

/** What row rights filter in a schema. */
export async function relationsOf(session: Session, schema: 'clinical' | 'mart'): Promise<readonly CareRelation[]> {
  return (await session.query<CareRelation>(readSql('sql/statements/access/care_relations.sql'), [schema])).rows
}

/** Makes the views of schema care anew, where row rights are on; in the transaction that made the live views. */
export async function keepCareViews(session: Session): Promise<void> {
  if ((await rowRightsRole(session)) === undefined) return
  const views = (await relationsOf(session, 'clinical')).filter(({ kind }) => kind === 'v')
  for (const view of views) {
    const { shown, columns } = view
    if (shown?.some((name, at) => name !== columns[at]) === true) await dropCareView(session, view.name)
    await session.query(careView(view))
  }
  if (!views.some(({ name }) => name === devices)) {
    await session.query(readSql('sql/statements/access/care_devices.sql'))
  }
  const comments = await session.query<{ statement: string }>(readSql('sql/statements/access/care_comments.sql'))
  for (const { statement } of comments.rows) await session.query(statement)
}

const devices = 'devices'

/**
 * Drops the views of schema care, because live views that they read are to be dropped.
 *
 * @throws UsageError if a view of the user reads one
 */
export async function dropCareViews(session: Session): Promise<void> {
  const found = await session.query<{ name: string }>(
    `select relname as name from pg_catalog.pg_class
     where relnamespace = to_regnamespace('care') and relkind = 'v' order by oid desc`,
  )
  for (const { name } of found.rows) await dropCareView(session, name)
}

/** SQLSTATE: other objects depend on one that is to be dropped. */
const dependentObjects = '2BP01'

async function dropCareView(session: Session, name: string): Promise<void> {
  try {
    await session.query(`drop view care.${quoteIdent(name)}`)
  } catch (error) {
    if (errorCode(error) !== dependentObjects) throw error
    throw new UsageError(
      `care.${name} has to be made again, and views of yours read it (pg_depend names them). Nothing was changed. Save their ` +
        'definition (pg_get_viewdef), drop them, call the command again, and create them again.',
    )
  }
}

/**
 * Gives each mart its policies, and lets each view of schema mart read its marts with the rights of the reader, where row rights are
 * on; in the transaction that made the marts. A policy stays with its table, so a refresh has nothing to do. All roles but that of
 * row rights see every row.
 */
export async function keepRowSecurity(session: Session): Promise<void> {
  const role = await rowRightsRole(session)
  if (role === undefined) return
  const found = await session.query<{ name: string; policy: string | null; is_invoker: boolean }>(
    readSql('sql/statements/access/care_policies.sql'),
    [role],
  )
  const there = new Map(found.rows.map(row => [row.name, row] as const))
  for (const relation of await relationsOf(session, 'mart')) {
    const mart = `mart.${quoteIdent(relation.name)}`
    if (relation.kind === 'v') {
      // It reads the ledger, and shows no patient.
      const isOpen = relation.name === 'freshness' || there.get(relation.name)?.is_invoker === true
      if (!isOpen) await session.query(`alter view ${mart} set (security_invoker = true)`)
      continue
    }
    const filter = rowFilterOf(relation)
    const policy = `care_rows_${filter}`
    if (there.get(relation.name)?.policy === policy) continue
    await dropPolicies(session, relation.name)
    await session.query(`create policy care_others on ${mart} as permissive for all to public using (true)`)
    await session.query(
      `create policy ${policy} on ${mart} as restrictive for all to ${quoteIdent(role)} using (${rowCondition(filter)})`,
    )
    await session.query(`alter table ${mart} enable row level security`)
  }
}

/** Takes policies and the rights of the reader from the marts. */
export async function dropRowSecurity(session: Session): Promise<void> {
  for (const { name, kind } of await relationsOf(session, 'mart')) {
    const mart = `mart.${quoteIdent(name)}`
    if (kind === 'v') {
      if (name !== 'freshness') await session.query(`alter view ${mart} reset (security_invoker)`)
      continue
    }
    await dropPolicies(session, name)
    await session.query(`alter table ${mart} disable row level security`)
  }
}

async function dropPolicies(session: Session, mart: string): Promise<void> {
  const found = await session.query<{ name: string }>(
    `select polname as name from pg_catalog.pg_policy
     where polrelid = to_regclass(format('mart.%I', $1::text)) and polname ~ '^care_(rows|others)'`,
    [mart],
  )
  for (const { name } of found.rows) await session.query(`drop policy ${quoteIdent(name)} on mart.${quoteIdent(mart)}`)
}
