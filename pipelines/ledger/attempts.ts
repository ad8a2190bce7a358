import type { Batch } from '../source/batch.ts'
import type { Session } from '../platform/postgres.ts'
import type { FailedAttempt } from '../platform/retry.ts'
import { readSql } from '../platform/sql.ts'
import { requireAlive } from './batch-lock.ts'

/**
 * Marks a run as running again after a failed attempt.
 *
 * @throws LockedError if another run of the batch declared it dead meanwhile
 */
export async function resumeRun(session: Session, batch: Batch, runId: string): Promise<void> {
  const resumed = await session.query<{ resumed: boolean }>(readSql('sql/statements/ledger/resume_run.sql'), [runId])
  requireAlive(resumed.rows[0]?.resumed === true, batch)
}

/** When a run began, by the server's clock, as text. */
export async function runStart(session: Session, runId: string): Promise<string> {
  const found = await session.query<{ started_at: string }>(readSql('sql/statements/ledger/run_start.sql'), [runId])
  const [run] = found.rows
  if (run === undefined) throw new Error('a run that resumes is in the ledger')
  return run.started_at
}

/** Records the failed attempts of a run and their number so far; attempts that are recorded already stay. */
export async function writeAttempts(session: Session, runId: string, failed: readonly FailedAttempt[]): Promise<void> {
  if (failed.length === 0) return
  const attempts = failed.map(({ attempt, error, failedAt, waitMs }) => ({
    attempt,
    ageSeconds: (Date.now() - failedAt) / 1000,
    errorClass: error.name,
    message: error.message,
    waitMs,
  }))
  await session.query(readSql('sql/statements/ledger/record_attempts.sql'), [
    runId,
    JSON.stringify(attempts),
    failed.length + 1,
  ])
}
