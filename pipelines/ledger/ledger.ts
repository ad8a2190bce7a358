import { Kysely, PostgresDialect, sql } from 'kysely'
import type { ChangedRule } from '../contract/rule-list.ts'
import type { Batch } from '../source/batch.ts'
import { transformerOf } from '../source/batch.ts'
import type { Session } from '../platform/postgres.ts'
import type { RunFingerprint } from '../source/fingerprint/fingerprint.ts'
import type { Source } from '../source/load-source.ts'
import type { ReadFile } from '../source/transformer.ts'
import type { LedgerTables, RunStatus } from './tables.ts'

/** Typed queries over one session. */
export type Ledger = Kysely<LedgerTables>

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

/** Typed queries over a session that the caller opened and ends. */
export function ledgerOver(session: Session): Ledger {
  const client = { query: session.query.bind(session), release: () => undefined }
  const pool = { connect: () => Promise.resolve(client), end: () => Promise.resolve() }
  return new Kysely<LedgerTables>({ dialect: new PostgresDialect({ pool }) })
}

/** Records what the source declares, so that views and `status` know it without the code. */
export async function registerSource(ledger: Ledger, { name, transformer }: Source): Promise<void> {
  const row = {
    source: name,
    transformer: transformerOf(name),
    class: transformer.constructor.name,
    zone: transformer.zone,
    schedule: transformer.schedule,
  }
  const deliveries = transformer.tables.map(table => ({
    source: name,
    table_name: table,
    delivery: transformer.delivery[table] ?? 'upsert',
  }))
  await ledger.transaction().execute(async tx => {
    await tx
      .insertInto('caseload.sources')
      .values(row)
      .onConflict(conflict => conflict.column('source').doUpdateSet(row))
      .execute()
    await tx.deleteFrom('caseload.deliveries').where('source', '=', name).execute()
    await tx.insertInto('caseload.deliveries').values(deliveries).execute()
  })
}

/** Records the run as running. A row that exists already stays: the connection was lost right after the insert. */
export async function startRun(ledger: Ledger, start: RunStart): Promise<void> {
  await ledger
    .insertInto('caseload.runs')
    .values({
      run_id: start.runId,
      source: start.batch.source,
      batch_date: start.batch.date,
      code_version: start.codeVersion,
      host: start.host,
      process_id: start.processId,
      external_id: start.externalId ?? null,
      compares: start.compares ?? false,
    })
    .onConflict(conflict => conflict.column('run_id').doNothing())
    .execute()
}

/**
 * Records what a run is made from besides its files, which `recordFiles` keeps.
 *
 * @param runId a run that was started
 * @param rules what the source and its project change
 */
export async function recordFingerprint(
  ledger: Ledger,
  runId: string,
  fingerprint: RunFingerprint,
  rules: readonly ChangedRule[],
): Promise<void> {
  const { codeHash, zone, contractHash, engineSemantics, contracts } = fingerprint
  await ledger
    .updateTable('caseload.runs')
    .set({
      code_hash: codeHash,
      zone,
      contract_hash: contractHash,
      engine_semantics: engineSemantics,
      rules: JSON.stringify(rules),
    })
    .where('run_id', '=', runId)
    .execute()
  await ledger
    .insertInto('caseload.contracts')
    .values(contracts.map(({ table, definition }) => ({ contract_hash: contractHash, table_name: table, definition })))
    .onConflict(conflict => conflict.doNothing())
    .execute()
}

const filesPerStatement = 1000

/** Records the files that a run read. */
export async function recordFiles(ledger: Ledger, runId: string, files: readonly ReadFile[]): Promise<void> {
  if (files.length === 0) return
  const rows = files.map(({ name, input, bytes, sha256, records, quarantined, object }) => ({
    run_id: runId,
    path: name,
    input,
    bytes,
    sha256,
    records,
    quarantined,
    object_etag: object?.etag ?? null,
    object_version: object?.version ?? null,
  }))
  // A statement has at most 65,535 parameters: 7,281 files in one were too many.
  for (let from = 0; from < rows.length; from += filesPerStatement) {
    await ledger
      .insertInto('caseload.files')
      .values(rows.slice(from, from + filesPerStatement))
      .execute()
  }
}

/**
 * Ends a run that did not publish. Changes nothing if the run is no longer running.
 *
 * @param failure class and redacted message of the error
 */
export async function endRun(
  ledger: Ledger,
  runId: string,
  status: RunStatus,
  failure: { readonly errorClass: string; readonly message: string },
): Promise<void> {
  await ledger
    .updateTable('caseload.runs')
    .set({ status, ended_at: sql<string>`now()`, error_class: failure.errorClass, error_message: failure.message })
    .where('run_id', '=', runId)
    .where('status', '=', 'running')
    .execute()
}

/** The status of a run, undefined if the ledger does not know it. */
export async function runStatus(ledger: Ledger, runId: string): Promise<RunStatus | undefined> {
  const row = await ledger.selectFrom('caseload.runs').select('status').where('run_id', '=', runId).executeTakeFirst()
  return row?.status
}
