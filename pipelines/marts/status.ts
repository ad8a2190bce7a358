import { readTargetSql } from '../ledger/layout.ts'
import type { View } from '../ledger/list-views.ts'
import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { errorCode } from '../platform/server-error.ts'
import { readSql } from '../platform/sql.ts'
import { changedInputs } from './changes.ts'
import { readModel } from './definitions.ts'
import { dependentObjects, dependentsIn, hasMarts, notedMarts, outdatedMarts } from './make-marts.ts'
import type { MartKind } from './mart-header.ts'

/** One mart. */
export interface MartSize {
  readonly mart: string
  readonly kind: MartKind
  /** Estimated by the statistics. */
  readonly rows: number
  /** With its indexes, on all machines. */
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
  /** The marts that are made from other definitions or settings than there are now; the next refresh computes them anew. */
  readonly outdated: readonly string[]
}

/**
 * @param views of this installation
 * @returns undefined if the database has no marts
 */
export async function martStatus(session: Session, views: readonly View[]): Promise<MartStatus | undefined> {
  if (!(await hasMarts(session))) return undefined
  const state = await session.query<{ refreshed_at: string }>('select refreshed_at from caseload.mart_state')
  const marts = await session.query<MartSize>(await readTargetSql(session, 'marts/status.sql'))
  return {
    refreshed_at: state.rows[0]?.refreshed_at ?? '',
    marts: marts.rows,
    sources: await readFreshness(session),
    outdated: await outdated(session, views),
  }
}

/** How fresh the marts are, by source. The database has marts. */
export async function readFreshness(session: Session): Promise<readonly SourceFreshness[]> {
  return (await session.query<SourceFreshness>(readSql('sql/statements/marts/freshness.sql'))).rows
}

/** Marts whose definition changed; for a change of settings, all that such a change can concern. */
async function outdated(session: Session, views: readonly View[]): Promise<readonly string[]> {
  const noted = await notedMarts(session)
  const model = await readModel(session, views, noted)
  // What a batch changes, or a source that is new, is said by behind_by.
  const settings = (await changedInputs(session)).flatMap(({ before, now }) =>
    before === undefined || now === undefined ? [] : [now.input],
  )
  if (settings.some(input => input === 'codes' || input === 'zone')) return model.marts.map(mart => mart.name)
  const byPerson = model.marts.filter(({ isAfterPersons }) => isAfterPersons)
  const byDefinition = settings.includes('definitions') ? byPerson : []
  return [...new Set([...outdatedMarts(model, noted), ...byDefinition.map(mart => mart.name)])].sort()
}

/** Removes the marts and their schemas; the live views stay. */
export async function dropMarts(session: Session): Promise<void> {
  await session.query('begin')
  try {
    await session.query(readSql('sql/statements/marts/drop_all.sql'))
    await session.query(readSql('sql/statements/marts/forget.sql'))
    await session.query('commit')
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    if (errorCode(error) !== dependentObjects) throw error
    throw new UsageError(
      `Objects of yours read the marts: ${dependentsIn(error)}. Nothing was changed. Drop them, then call the command again.`,
    )
  }
}
