import type { ChangedRule } from '../contract/rule-list.ts'
import { type Batch, transformerOf } from '../source/batch.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import type { RunFingerprint } from '../source/fingerprint/fingerprint.ts'
import type { Source } from '../source/load-source.ts'
import type { ReadFile } from '../source/transformer.ts'

/**
 * How a run ended. `replaced`: it was published, and a later run replaced it. `rolled_back`: it was published, and a rollback
 * restored the version before it. `planned`: it was only compared.
 */
export type RunStatus =
  'running' | 'published' | 'replaced' | 'rolled_back' | 'planned' | 'failed' | 'refused' | 'incomplete' | 'aborted'

/** What the ledger records of a run when it starts. */
export interface RunStart {
  readonly runId: string
  readonly batch: Batch
  readonly codeVersion: string
  readonly host: string
  readonly processId: number
  /** The caller's own id of the run. */
  readonly externalId: string | undefined
  /** True for a run that only compares and publishes nothing. */
  readonly compares?: boolean
}

/** Records what the source declares, so that views and `status` know it without the code. */
export async function registerSource(session: Session, { name, transformer }: Source): Promise<void> {
  const deliveries = transformer.tables.map(table => ({
    table,
    delivery: transformer.delivery[table] ?? 'upsert',
    children: transformer.children[table] ?? 'document',
  }))
  await session.query(readSql('sql/statements/ledger/register_source.sql'), [
    name,
    transformerOf(name),
    transformer.constructor.name,
    transformer.zone,
    transformer.schedule,
    transformer.due,
    transformer.lagDays,
    JSON.stringify(deliveries),
  ])
}

/** Records the run as running. A row that exists already stays: the connection was lost right after the insert. */
export async function startRun(session: Session, start: RunStart): Promise<void> {
  await session.query(readSql('sql/statements/ledger/start_run.sql'), [
    start.runId,
    start.batch.source,
    start.batch.date,
    start.codeVersion,
    start.host,
    start.processId,
    start.externalId ?? null,
    start.compares ?? false,
  ])
}

/**
 * Records what a run is made from besides its files, which `recordFiles` keeps.
 *
 * @param runId a run that was started
 * @param rules what the source and its project change
 */
export async function recordFingerprint(
  session: Session,
  runId: string,
  fingerprint: RunFingerprint,
  rules: readonly ChangedRule[],
): Promise<void> {
  const { codeHash, zone, contractHash, engineSemantics, contracts } = fingerprint
  await session.query(readSql('sql/statements/ledger/record_fingerprint.sql'), [
    runId,
    codeHash,
    zone,
    contractHash,
    engineSemantics,
    JSON.stringify(rules),
  ])
  await session.query(readSql('sql/statements/ledger/record_contracts.sql'), [contractHash, JSON.stringify(contracts)])
}

/** Records the files that a run read. */
export async function recordFiles(session: Session, runId: string, files: readonly ReadFile[]): Promise<void> {
  if (files.length === 0) return
  const rows = files.map(({ name, input, bytes, sha256, records, quarantined, object }) => ({
    name,
    input,
    bytes,
    sha256,
    records,
    quarantined,
    etag: object?.etag,
    version: object?.version,
  }))
  await session.query(readSql('sql/statements/ledger/record_files.sql'), [runId, JSON.stringify(rows)])
}

/**
 * Ends a run that did not publish. Changes nothing if the run is no longer running.
 *
 * @param failure class and redacted message of the error
 */
export async function endRun(
  session: Session,
  runId: string,
  status: RunStatus,
  failure: { readonly errorClass: string; readonly message: string },
): Promise<void> {
  const values = [runId, status, failure.errorClass, failure.message]
  await session.query(readSql('sql/statements/ledger/end_run.sql'), values)
}

/** The status of a run, undefined if the ledger does not know it. */
export async function runStatus(session: Session, runId: string): Promise<RunStatus | undefined> {
  const found = await session.query<{ status: RunStatus }>(readSql('sql/statements/ledger/run_status.sql'), [runId])
  return found.rows[0]?.status
}
