import type { Batch } from '../../source/batch.ts'
import type { Counts } from '../../contract/counts.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { type ContractChange, contractChanges, readDefinition } from './contract-changes.ts'

/** The records of the files, and the records that are in quarantine as a whole. */
export interface RecordCounts {
  readonly records: number
  readonly quarantined: number
}

/** What one table lacks: rows by rule, and values by column and rule. */
export interface LeftOut {
  readonly quarantined: Counts
  readonly removed: Counts
  readonly dropped: Counts
}

/** The version of a batch that readers see. */
export interface Published {
  readonly run: string
  readonly publishedAt: string
  readonly files: RecordCounts
  /** By table. */
  readonly tables: ReadonlyMap<string, LeftOut>
}

interface PublishedRow extends RecordCounts {
  readonly run_id: string
  readonly published_at: string
  readonly table_name: string
  readonly quarantined_by: Counts
  readonly removed: Counts
  readonly dropped: Counts
}

/** The version that readers see, from the ledger; undefined if the batch is not published. */
export async function readPublished(session: Session, { source, date }: Batch): Promise<Published | undefined> {
  const { rows } = await session.query<PublishedRow>(readSql('sql/statements/plan/published.sql'), [source, date])
  const [first] = rows
  if (first === undefined) return undefined
  const { run_id, published_at, records, quarantined } = first
  return {
    run: run_id,
    publishedAt: published_at,
    files: { records, quarantined },
    tables: new Map(
      rows.map(row => [
        row.table_name,
        { quarantined: row.quarantined_by, removed: row.removed, dropped: row.dropped },
      ]),
    ),
  }
}

interface ContractRow {
  readonly table_name: string
  readonly before: unknown
  readonly after: unknown
}

/**
 * The changes of the contracts between two runs of a batch.
 *
 * @returns null if one of the runs did not record its contracts: a run of an older Caseload
 */
export async function contractChangesBetween(
  session: Session,
  before: string,
  after: string,
): Promise<readonly ContractChange[] | null> {
  const found = await session.query<ContractRow>(readSql('sql/statements/plan/contracts.sql'), [before, after])
  return found.rows.length === 0 ? null : found.rows.flatMap(changesOf)
}

function changesOf({ table_name: table, before, after }: ContractRow): readonly ContractChange[] {
  if (before === null) return [{ table, change: 'filled by the source now' }]
  if (after === null) return [{ table, change: 'no longer filled by the source' }]
  const was = readDefinition(before)
  const is = readDefinition(after)
  if (was === undefined || is === undefined) {
    return [{ table, change: 'recorded by another version of Caseload, not comparable' }]
  }
  return contractChanges(was, is)
}
