import { UsageError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { errorCode } from '../../platform/server-error.ts'
import { readSql } from '../../platform/sql.ts'
import { recordedPrefix } from './catalogue.ts'
import { roleNames } from './role-names.ts'
import { rowRightsRole } from './row-rights.ts'

/** What an entry of the care team lets its member see. */
export type Sees = 'all' | 'source' | 'facility' | 'patient' | 'devices' | 'user'

/** An entry to be added. */
export interface CareEntry {
  /** A login, or a group of logins. */
  readonly member: string
  readonly sees: Sees
  readonly source: string | undefined
  /** Of a patient, a facility or a user; one entry for each. */
  readonly ids: readonly string[]
  readonly startsAt: string | undefined
  readonly endsAt: string | undefined
}

/** An entry of the care team, as `caseload care ls` shows it. */
export interface ShownEntry {
  readonly entry: number
  readonly member: string
  readonly sees: Sees
  readonly source: string | null
  readonly id: string | null
  readonly starts_at: string
  readonly ends_at: string | null
  readonly added_by: string
  readonly added_at: string
  readonly ended_by: string | null
  readonly state: 'holds' | 'later' | 'ended' | 'no such role'
}

/** SQLSTATE of a member or a source that the function of the owner does not take. */
const notTaken = 'CL007'

/**
 * Adds entries to the care team, all or none.
 *
 * @returns the ids of the entries
 * @throws UsageError for a member that is no role of the server, and a source that never ran
 */
export async function addCare(session: Session, entry: CareEntry): Promise<readonly number[]> {
  const { member, sees, source, ids, startsAt, endsAt } = entry
  try {
    const made = await session.query<{ entry: number }>(
      `select caseload.add_care($1, $2, $3, i.id, $5, $6)::integer as entry
       from unnest($4::text[]) with ordinality as i (id, at) order by i.at`,
      [member, sees, source ?? null, ids.length === 0 ? [null] : ids, startsAt ?? null, endsAt ?? null],
    )
    return made.rows.map(row => row.entry)
  } catch (error) {
    if (errorCode(error) !== notTaken || !(error instanceof Error)) throw error
    throw new UsageError(`${error.message.charAt(0).toUpperCase()}${error.message.slice(1)}. Nothing was added.`)
  }
}

/** How many of these ids no published batch of the source has as a patient. */
export async function countUnknown(session: Session, source: string, ids: readonly string[]): Promise<number> {
  const found = await session.query<{ unknown: number }>(readSql('sql/statements/access/care_unknown.sql'), [
    source,
    ids,
  ])
  return found.rows[0]?.unknown ?? 0
}

/** The entries of the care team, those that have ended only if asked for. */
export async function listCare(
  session: Session,
  { member, ended }: { readonly member: string | undefined; readonly ended: boolean },
): Promise<readonly ShownEntry[]> {
  const found = await session.query<ShownEntry>(readSql('sql/statements/access/care_team.sql'), [member ?? null, ended])
  return found.rows
}

/**
 * Ends entries of the care team now, all or none.
 *
 * @throws UsageError naming those that are not there, or have ended
 */
export async function endCare(session: Session, entries: readonly number[]): Promise<void> {
  await session.query('begin')
  try {
    const missing: number[] = []
    for (const entry of entries) {
      const done = await session.query<{ is_ended: boolean }>('select caseload.end_care($1) as is_ended', [entry])
      if (done.rows[0]?.is_ended !== true) missing.push(entry)
    }
    if (missing.length > 0) {
      throw new UsageError(
        `Expected entries that hold, found ${missing.join(', ')} absent or ended. None was ended. caseload care ls lists them.`,
      )
    }
    await session.query('commit')
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Whether row rights are on, and for whom. */
export interface CareStatus {
  readonly row_rights: 'on' | 'off'
  /** Null in a database without roles. */
  readonly role: string | null
  /** Logins that may act as the role. */
  readonly logins: number
  /** Views of schema care, and marts with policies. */
  readonly views: number
  readonly marts: number
  /** Entries of the care team that hold now. */
  readonly entries: number
}

/** Reads {@link CareStatus}; the database has a ledger of this version. */
export async function careStatus(session: Session): Promise<CareStatus> {
  const prefix = await recordedPrefix(session)
  const role = prefix === undefined ? null : roleNames(prefix).of.care
  const isOn = (await rowRightsRole(session)) !== undefined
  const counted = await session.query<Pick<CareStatus, 'logins' | 'views' | 'marts' | 'entries'>>(
    readSql('sql/statements/access/care_status.sql'),
    [role],
  )
  const none = { logins: 0, views: 0, marts: 0, entries: 0 }
  return { row_rights: isOn ? 'on' : 'off', role, ...(counted.rows[0] ?? none) }
}
