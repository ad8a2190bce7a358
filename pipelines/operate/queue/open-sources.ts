import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'

/** The sources with jobs that wait or run. */
export async function openSources(session: Session): Promise<readonly string[]> {
  const found = await session.query<{ source: string }>(readSql('sql/statements/queue/open_sources.sql'))
  return found.rows.map(row => row.source)
}
