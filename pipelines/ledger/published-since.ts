import type { Batch } from '../batch.ts'
import type { Session } from '../postgres.ts'
import { readSql } from '../sql.ts'

/**
 * Asks whether somebody else has settled a batch since a moment: a run that began later published it, or a rollback put a
 * version back.
 *
 * @param moment of the server's clock, as text
 * @returns the run that readers see then
 */
export async function publishedSince(session: Session, batch: Batch, moment: string): Promise<string | undefined> {
  const values = [batch.source, batch.date, moment]
  const found = await session.query<{ run_id: string }>(readSql('sql/statements/published_since.sql'), values)
  return found.rows[0]?.run_id
}
