import type { ChangedRule } from '../contract/rule-list.ts'
import type { RecordedInputs, RecordedFile } from '../source/fingerprint/staleness.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { hasReadableLedger } from './schema-state.ts'
import type { RunStatus } from './ledger.ts'

/** What the ledger knows of a batch that a run has tried, or that is dismissed. */
export interface BatchFacts {
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly date: string
  /** How its newest run ended; `running` only while it is alive, null without a run. */
  readonly lastRun: RunStatus | null
  /** Class of the error it ended in. */
  readonly lastError: string | null
  /** The message of that error, without a patient's value. */
  readonly lastMessage: string | null
  /** Why the batch is pinned; null where it is not. */
  readonly pinned: string | null
  /** When it was pinned because it will not be loaded, in milliseconds; undefined where it was not. */
  readonly dismissedAt: number | undefined
  /** Undefined where no version is published. */
  readonly published: PublishedVersion | undefined
}

/** The version of a batch that readers see, and the inputs it was made from. */
export interface PublishedVersion extends RecordedInputs {
  /** ISO text in UTC. */
  readonly publishedAt: string
  /** Rows of all tables. */
  readonly rows: number
  /** Rows and records in quarantine. */
  readonly quarantined: number
  /** Dropped values. */
  readonly dropped: number
  /** The rules that its source or its project had changed. */
  readonly rules: readonly ChangedRule[]
}

/** Which batches to look at. No source means every source; an undefined end means an open one. */
export interface BatchFilter {
  readonly sources: readonly string[]
  /** `yyyy-mm-dd`, inclusive. */
  readonly from?: string | undefined
  /** `yyyy-mm-dd`, inclusive. */
  readonly to?: string | undefined
}

interface Row {
  readonly source: string
  readonly batch_date: string
  readonly last_run: RunStatus | null
  readonly last_error: string | null
  readonly last_message: string | null
  readonly published_run: string | null
  readonly published_at: string | null
  readonly rows: number | null
  readonly quarantined: number | null
  readonly dropped: number | null
  readonly pinned: string | null
  readonly pin_kind: string | null
  readonly pinned_at: number | null
  readonly started_at: number | null
  readonly code_hash: string | null
  readonly zone: string | null
  readonly contract_hash: string | null
  readonly engine_semantics: number | null
  readonly rules: readonly ChangedRule[] | null
  readonly files: readonly RecordedFile[]
}

/**
 * Everything the ledger knows of these batches, in one query, whether it is one batch or a year of them.
 *
 * @returns sorted by source and date; empty where the database has no ledger
 * @throws UsageError as {@link hasReadableLedger} does
 */
export async function batchFacts(session: Session, { sources, from, to }: BatchFilter): Promise<readonly BatchFacts[]> {
  if (!(await hasReadableLedger(session))) return []
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
    dismissedAt: row.pin_kind === 'dismissed' ? (row.pinned_at ?? 0) : undefined,
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
    rules: row.rules ?? [],
    startedAt: row.started_at ?? 0,
    codeHash: row.code_hash,
    zone: row.zone,
    contractHash: row.contract_hash,
    engineSemantics: row.engine_semantics,
    files: row.files,
  }
}

/** The first and the last published day of a source. */
export interface PublishedSpan {
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly first: string
  /** `yyyy-mm-dd` */
  readonly last: string
}

/**
 * The sources that have a published batch.
 *
 * @param sources only these; an empty list means all
 * @returns sorted by source; empty where the database has no ledger
 * @throws UsageError as {@link hasReadableLedger} does
 */
export async function publishedSpans(session: Session, sources: readonly string[]): Promise<readonly PublishedSpan[]> {
  if (!(await hasReadableLedger(session))) return []
  const asked = sources.length === 0 ? null : sources
  const found = await session.query<PublishedSpan>(readSql('sql/statements/ledger/published_spans.sql'), [asked])
  return found.rows
}
