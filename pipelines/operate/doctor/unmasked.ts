import { holdsMasked } from '../../contract/mask/masked-database.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { counted, error, type Finding, ok, warning } from './finding.ts'

/** What a database holds of runs that were loaded unmasked. */
export interface UnmaskedFacts {
  /** CASELOAD_MASK_AT_LOAD; undefined where it is not set. */
  readonly asked: string | undefined
  /** True if it holds masked batches, too. */
  readonly masked: boolean
  readonly published: number
  /** Replaced versions that a rollback could put back. */
  readonly kept: number
  /** Rows in quarantine. */
  readonly quarantined: number
}

/** Counts what was loaded unmasked. */
export async function unmaskedFacts(session: Session, asked: string | undefined): Promise<UnmaskedFacts> {
  const { rows } = await session.query<Omit<UnmaskedFacts, 'asked' | 'masked'>>(
    readSql('sql/statements/doctor/unmasked_counts.sql'),
  )
  const { published = 0, kept = 0, quarantined = 0 } = rows[0] ?? {}
  return { asked, masked: await holdsMasked(session), published, kept, quarantined }
}

/** Whether a database that masks holds identifiers as they were delivered. */
export function unmasked({ asked, masked, published, kept, quarantined }: UnmaskedFacts): Finding {
  const check = 'unmasked rows'
  if (asked === undefined && masked) {
    return error(
      check,
      'the database holds masked batches, and CASELOAD_MASK_AT_LOAD is not set: every run is refused',
      'CASELOAD_MASK_AT_LOAD=true with the key of this database',
    )
  }
  if (!masked && asked !== 'true') return ok(check, 'not counted: no batch is masked')
  const parts = [
    ...(published > 0 ? [counted(published, 'published batch', 'published batches')] : []),
    ...(kept > 0 ? [counted(kept, 'kept version')] : []),
    ...(quarantined > 0 ? [counted(quarantined, 'row in quarantine', 'rows in quarantine')] : []),
  ]
  if (parts.length === 0) return ok(check, 'none')
  return warning(
    check,
    `${parts.join(', ')} of runs that were loaded unmasked`,
    published > 0 ? 'caseload backfill --reprocess stale, then caseload gc' : 'caseload gc',
  )
}
