import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/**
 * Records which versions of batches the marts hold: those that are published in this snapshot. Citus changes no local table by a
 * statement that reads one which is copied to every machine, so what goes is asked first.
 *
 * @param source null for all
 */
export async function recordHeldRuns(session: Session, source: string | null): Promise<void> {
  const gone = await idsOf(session, 'sql/statements/marts/gone_runs.sql', [source])
  if (gone.length > 0) await session.query('delete from caseload.mart_runs where run_id = any ($1::uuid[])', [gone])
  await session.query(readSql('sql/statements/marts/set_runs.sql'), [source])
}

/** Drops the notes of versions that neither readers nor a rollback nor the marts can need again. */
export async function dropIdleNotes(session: Session): Promise<void> {
  const idle = await idsOf(session, 'sql/statements/marts/idle_notes.sql', [])
  if (idle.length > 0) await session.query('delete from caseload.batch_notes where run_id = any ($1::uuid[])', [idle])
}

async function idsOf(session: Session, path: string, values: readonly unknown[]): Promise<readonly string[]> {
  const found = await session.query<{ run_id: string }>(readSql(path), [...values])
  return found.rows.map(row => row.run_id)
}
