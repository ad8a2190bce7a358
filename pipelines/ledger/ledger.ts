import { Kysely, PostgresDialect, sql } from 'kysely'
import type { Batch } from '../source/batch.ts'
import { transformerOf } from '../source/batch.ts'
import type { Session } from '../platform/postgres.ts'
import type { Source } from '../source/load-source.ts'
import type { ReadFile } from '../source/transformer.ts'
import type { LedgerTables, RunStatus } from './tables.ts'

/** Typed queries over one session. */
export type Ledger = Kysely<LedgerTables>

/** What a run says of itself when it starts. */
export interface RunStart {
  readonly runId: string
  readonly batch: Batch
  readonly codeVersion: string
  readonly host: string
  readonly processId: number
  /** What the caller calls the run. */
  readonly externalId: string | undefined
  /** It will publish nothing. */
  readonly compares?: boolean
}

/** Typed queries over a session that somebody else opened and will end. */
export function ledgerOver(session: Session): Ledger {
  const client = { query: session.query.bind(session), release: () => undefined }
  const pool = { connect: () => Promise.resolve(client), end: () => Promise.resolve() }
  return new Kysely<LedgerTables>({ dialect: new PostgresDialect({ pool }) })
}

/** Writes down what the source declares, so that views and `status` know it without the code. */
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

/** Writes the run down as running. A run that is there already stays: the connection was lost right after it was. */
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

const filesTogether = 1000

/** Writes down the files a run read. */
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
  for (let from = 0; from < rows.length; from += filesTogether) {
    await ledger
      .insertInto('caseload.files')
      .values(rows.slice(from, from + filesTogether))
      .execute()
  }
}

/**
 * Ends a run that did not publish. Leaves a run alone that is no longer running.
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
