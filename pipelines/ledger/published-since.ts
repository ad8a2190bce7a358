import type { Batch } from '../source/batch.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/**
 * Asks whether somebody else has settled a batch since a moment: a run that began later published it, or a rollback put a
 * version back.
 *
 * @param moment of the server's clock, as text
 * @returns the run that readers see then
 */
export async function publishedSince(session: Session, batch: Batch, moment: string): Promise<string | undefined> {
  return askOf(session, 'sql/statements/ledger/published_since.sql', batch, moment)
}

/**
 * Asks whether readers have seen another version of a batch since a moment, also by a run that had begun before.
 *
 * @param moment of the server's clock, as text
 * @returns the run that readers see then
 */
export async function publishedAfter(session: Session, batch: Batch, moment: string): Promise<string | undefined> {
  return askOf(session, 'sql/statements/ledger/published_after.sql', batch, moment)
}

async function askOf(
  session: Session,
  statement: string,
  { source, date }: Batch,
  moment: string,
): Promise<string | undefined> {
  const found = await session.query<{ run_id: string }>(readSql(statement), [source, date, moment])
  return found.rows[0]?.run_id
}
