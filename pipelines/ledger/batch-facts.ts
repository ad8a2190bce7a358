import type { MadeFrom, RecordedFile } from '../source/fingerprint/staleness.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { readyToRead } from './schema-state.ts'
import type { RunStatus } from './tables.ts'

/** What the ledger knows of a batch that a run has tried. */
export interface BatchFacts {
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly date: string
  /** How its newest run ended; `running` only while it is alive. */
  readonly lastRun: RunStatus
  /** Class of the error it ended in. */
  readonly lastError: string | null
  /** What that error said, free of values. */
  readonly lastMessage: string | null
  /** Why the batch is pinned; null where it is not. */
  readonly pinned: string | null
  /** Undefined where nothing of it is published. */
  readonly published: PublishedVersion | undefined
}

/** The version of a batch that readers see, and what it was made from. */
export interface PublishedVersion extends MadeFrom {
  /** ISO text in UTC. */
  readonly publishedAt: string
  /** Of all tables. */
  readonly rows: number
  /** Rows and records in quarantine. */
  readonly quarantined: number
  /** Values that its rows lack. */
  readonly dropped: number
}

/** Which batches to look at; an empty list stands for every source, an undefined end for none. */
export interface BatchFilter {
  readonly sources: readonly string[]
  /** `yyyy-mm-dd`, itself included. */
  readonly from?: string | undefined
  /** `yyyy-mm-dd`, itself included. */
  readonly to?: string | undefined
}

interface Row {
  readonly source: string
  readonly batch_date: string
  readonly last_run: RunStatus
  readonly last_error: string | null
  readonly last_message: string | null
  readonly published_run: string | null
  readonly published_at: string | null
  readonly rows: number | null
  readonly quarantined: number | null
  readonly dropped: number | null
  readonly pinned: string | null
  readonly started_at: number | null
  readonly code_hash: string | null
  readonly zone: string | null
  readonly contract_hash: string | null
  readonly engine_semantics: number | null
  readonly files: readonly RecordedFile[]
}

/**
 * Everything the ledger knows of these batches, in one query, whether it is one batch or a year of them.
 *
 * @param session on a target that may be empty: then it is migrated first
 * @returns sorted by source and date
 */
export async function batchFacts(session: Session, { sources, from, to }: BatchFilter): Promise<readonly BatchFacts[]> {
  await readyToRead(session)
  const { rows } = await session.query<Row>(readSql('sql/statements/ledger/batch_states.sql'), [
    sources.length === 0 ? null : sources,
    from ?? null,
    to ?? null,
  ])
  return rows.map(row => ({
    source: row.source,
    date: row.batch_date,
    lastRun: row.last_run,
    lastError: row.last_error,
    lastMessage: row.last_message,
    pinned: row.pinned,
    published: publishedVersion(row),
  }))
}

function publishedVersion(row: Row): PublishedVersion | undefined {
  if (row.published_run === null) return undefined
  return {
    runId: row.published_run,
    publishedAt: row.published_at ?? '',
    rows: row.rows ?? 0,
    quarantined: row.quarantined ?? 0,
    dropped: row.dropped ?? 0,
    startedAt: row.started_at ?? 0,
    codeHash: row.code_hash,
    zone: row.zone,
    contractHash: row.contract_hash,
    engineSemantics: row.engine_semantics,
    files: row.files,
  }
}
