import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { readyToRead } from './schema-state.ts'

/** From when to when a source has batches that are published. */
export interface PublishedSpan {
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly first: string
  /** `yyyy-mm-dd` */
  readonly last: string
}

/**
 * The sources of which the ledger knows a published batch.
 *
 * @param session on a target that may be empty: then it is migrated first
 * @param sources only these; an empty list stands for all
 * @returns sorted by source; a source of which nothing was ever published is not among them
 */
export async function publishedSpans(session: Session, sources: readonly string[]): Promise<readonly PublishedSpan[]> {
  await readyToRead(session)
  const asked = sources.length === 0 ? null : sources
  const found = await session.query<PublishedSpan>(readSql('sql/statements/ledger/published_spans.sql'), [asked])
  return found.rows
}
