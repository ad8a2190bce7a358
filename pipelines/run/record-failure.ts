import { dropLeftRanges } from '../publish/split-month.ts'
import { AbortedError, CaseloadError, RefusedError, TimeoutError } from '../platform/errors.ts'
import { exitCodes } from '../platform/exit-codes.ts'
import { writeAttempts } from '../ledger/attempts.ts'
import { endRun, type RunStatus } from '../ledger/ledger.ts'
import type { RunParts } from './run-batch.ts'
import type { RunHistory } from './attempts.ts'
import { recordStages, type StageTime } from './stage-clock.ts'

/**
 * Records that a run failed and drops what it staged. Over a new session: the session of the run may be broken. If the ledger
 * cannot be written, the log says so and the next run of the batch cleans up.
 */
export async function recordFailure(
  parts: RunParts,
  error: Error,
  { history, stages }: { readonly history: RunHistory; readonly stages: readonly StageTime[] },
): Promise<void> {
  const { runId, batch, log } = parts
  // A plan finds out whether a run would be refused: that is a result, not a failure.
  const status = history.purpose === 'compare' && error instanceof RefusedError ? 'planned' : statusOf(error)
  const message = error instanceof CaseloadError ? error.message : 'a bug; the stack is in the log'
  try {
    const session = await parts.openSession('caseload ledger')
    try {
      await endRun(session, runId, status, { errorClass: error.name, message })
      await writeAttempts(session, runId, history.failed)
      await recordStages(session, runId, stages)
      await session.query('select caseload.drop_leaves($1)', [runId])
      await session.query('select caseload.expire_quarantine($1, $2)', [batch.source, batch.date])
      // Last, because it may have to wait.
      await dropLeftRanges(session, batch, runId)
    } finally {
      await session.end()
    }
  } catch {
    log.warn(
      'ledger',
      `run ${runId} ended as ${status}, but that could not be written to the ledger; the next run of the batch writes it`,
    )
  }
}

function statusOf(error: Error): RunStatus {
  if (error instanceof AbortedError || error instanceof TimeoutError) return 'aborted'
  if (!(error instanceof CaseloadError)) return 'failed'
  if (error.exitCode === exitCodes.refused) return 'refused'
  return error.exitCode === exitCodes.missing ? 'incomplete' : 'failed'
}
