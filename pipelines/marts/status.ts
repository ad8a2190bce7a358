import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { hasMarts } from './make-marts.ts'
import type { MartKind } from './mart-header.ts'

/** One mart. */
export interface MartSize {
  readonly mart: string
  readonly kind: MartKind
  /** Estimated by the statistics. */
  readonly rows: number
  /** With its indexes. */
  readonly bytes: number
}

/** How fresh the marts are for one source. */
export interface SourceFreshness {
  readonly source: string
  /** The newest day whose batch the marts hold; null for none. */
  readonly published_through: string | null
  /** Batches that were published, replaced or taken away since the last refresh. */
  readonly behind_by: number
}

/** The marts of a database. */
export interface MartStatus {
  /** The moment of the last refresh. */
  readonly refreshed_at: string
  readonly marts: readonly MartSize[]
  readonly sources: readonly SourceFreshness[]
}

/** @returns undefined if the database has no marts */
export async function martStatus(session: Session): Promise<MartStatus | undefined> {
  if (!(await hasMarts(session))) return undefined
  const state = await session.query<{ refreshed_at: string }>('select refreshed_at from caseload_marts.state')
  const marts = await session.query<MartSize>(readSql('sql/statements/marts/status.sql'))
  const sources = await session.query<SourceFreshness>(readSql('sql/statements/marts/freshness.sql'))
  return { refreshed_at: state.rows[0]?.refreshed_at ?? '', marts: marts.rows, sources: sources.rows }
}

/** Removes the marts and their schemas; the live views stay. */
export async function dropMarts(session: Session): Promise<void> {
  await session.query('begin')
  try {
    await session.query(readSql('sql/statements/marts/drop_all.sql'))
    await session.query('commit')
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    throw error
  }
}
