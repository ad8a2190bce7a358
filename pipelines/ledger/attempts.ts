import { sql } from 'kysely'
import type { Batch } from '../source/batch.ts'
import type { FailedAttempt } from '../platform/retry.ts'
import { requireAlive } from './batch-lock.ts'
import type { Ledger } from './ledger.ts'

/**
 * Marks a run as running again after a failed attempt.
 *
 * @throws LockedError if another run of the batch declared it dead meanwhile
 */
export async function resumeRun(ledger: Ledger, batch: Batch, runId: string): Promise<void> {
  const resumed = await ledger
    .updateTable('caseload.runs')
    .set({ status: 'running', ended_at: null, error_class: null, error_message: null })
    .where('run_id', '=', runId)
    .where('status', 'in', ['running', 'failed'])
    .returning('run_id')
    .executeTakeFirst()
  requireAlive(resumed !== undefined, batch)
}

/** When a run began, by the server's clock, as text. */
export async function runStart(ledger: Ledger, runId: string): Promise<string> {
  const run = await ledger
    .selectFrom('caseload.runs')
    .select('started_at')
    .where('run_id', '=', runId)
    .executeTakeFirstOrThrow()
  return run.started_at
}

/** Records the failed attempts of a run and their number so far; attempts that are recorded already stay. */
export async function writeAttempts(ledger: Ledger, runId: string, failed: readonly FailedAttempt[]): Promise<void> {
  if (failed.length === 0) return
  const rows = failed.map(({ attempt, error, failedAt, waitMs }) => ({
    run_id: runId,
    attempt,
    // The ledger's times are those of the server's clock, so this sends an age.
    failed_at: sql<string>`now() - make_interval(secs => ${(Date.now() - failedAt) / 1000})`,
    error_class: error.name,
    error_message: error.message,
    wait_ms: waitMs,
  }))
  await ledger
    .insertInto('caseload.attempts')
    .values(rows)
    .onConflict(conflict => conflict.doNothing())
    .execute()
  await ledger
    .updateTable('caseload.runs')
    .set({ attempts: failed.length + 1 })
    .where('run_id', '=', runId)
    .execute()
}
