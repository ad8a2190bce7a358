import type { Batch } from '../source/batch.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/**
 * Asks whether another command has published a batch since a moment, with a run that began later, or has rolled it back,
 * unpublished or dismissed it.
 *
 * @param moment of the server's clock, as text
 * @returns in words what happened; undefined if nothing did
 */
export async function publishedSince(session: Session, batch: Batch, moment: string): Promise<string | undefined> {
  return whatHappened(session, 'sql/statements/ledger/published_since.sql', batch, moment)
}

/**
 * Asks whether the version of a batch that readers see has changed since a moment, also by a run that began before it.
 *
 * @param moment of the server's clock, as text
 * @returns in words, with the run that readers see now; undefined if it has not changed
 */
export async function publishedAfter(session: Session, batch: Batch, moment: string): Promise<string | undefined> {
  return whatHappened(session, 'sql/statements/ledger/published_after.sql', batch, moment)
}

async function whatHappened(
  session: Session,
  statement: string,
  { source, date }: Batch,
  moment: string,
): Promise<string | undefined> {
  const found = await session.query<{ what: string }>(readSql(statement), [source, date, moment])
  return found.rows[0]?.what
}
