import type { Batch } from '../../source/batch.ts'
import { total } from '../../contract/counts.ts'
import { describeBug } from '../../platform/bug-report.ts'
import {
  AbortedError,
  CaseloadError,
  BatchLockedError,
  NoDeliveryError,
  SupersededError,
  UnreachableError,
} from '../../platform/errors.ts'
import { exitCodes } from '../../platform/exit-codes.ts'
import { exitCodeOf } from '../../platform/format-error.ts'
import type { BatchProgress } from './progress.ts'
import type { RunResult } from '../../run/run-batch.ts'
import type { RunListener } from '../../run/run-listener.ts'
import { inTurn } from './in-turn.ts'
import { type BatchOutcome, isFailure } from './outcome.ts'

/** One batch to run, and why. */
export interface Task {
  readonly batch: Batch
  readonly reason: string
  /** Class of the error of the run that the reason is about. */
  readonly lastError?: string
}

/** Why a batch is not run after all. */
export interface NotNeeded {
  readonly skipped: string
}

/** How {@link runAll} runs batches. */
export interface RunAllOptions {
  /** Maximum number of batches at once. */
  readonly concurrency: number
  /** True for a source whose batches run one after the other, in the order of the tasks. */
  readonly isInTurn: (source: string) => boolean
  /** Start no further batch once one failed; finish those that run. */
  readonly failFast: boolean
  /** When aborted, no further batch starts. The runs listen to it themselves. */
  readonly signal: AbortSignal
  /** Runs one batch and passes the id of its run to `onBegin`, or returns why the batch no longer needs a run. */
  readonly run: (batch: Batch, watch: RunListener, onBegin: (runId: string) => void) => Promise<RunResult | NotNeeded>
  /** Shows a batch from its beginning to its end. */
  readonly show: (batch: Batch) => BatchProgress
  /** Gets the error of a bug; the outcome holds no stack. */
  readonly onBug: (error: unknown, batch: Batch) => void
}

/**
 * Runs batches, several at once: a failed batch does not stop the others.
 *
 * @returns one outcome per task, in the order of the tasks; never throws the error of a batch
 */
export async function runAll(tasks: readonly Task[], options: RunAllOptions): Promise<readonly BatchOutcome[]> {
  let noMore: string | undefined
  const one = async (task: Task): Promise<BatchOutcome> => {
    const reason = options.signal.aborted ? 'stopped before its turn' : noMore
    if (reason !== undefined) return { batch: task.batch, outcome: 'not_started', reason }
    const begun = performance.now()
    const shown = options.show(task.batch)
    let runId: string | undefined
    const onBegin = (id: string): void => {
      runId = id
    }
    const outcome = await options.run(task.batch, shown, onBegin).then(
      result => ('skipped' in result ? skippedOutcome(task, result) : publishedOutcome(task, result)),
      (error: unknown) => {
        if (!(error instanceof CaseloadError)) options.onBug(error, task.batch)
        // Every further batch would wait for the server as long as this one did.
        if (isUnreachable(error)) noMore = 'the database cannot be reached'
        return failedOutcome(task, error)
      },
    )
    if (options.failFast && isFailure(outcome)) noMore ??= 'another batch failed before its turn'
    const timed = { ...outcome, ...(runId === undefined ? {} : { runId }), ms: Math.round(performance.now() - begun) }
    shown.end(timed)
    return timed
  }
  const turnOf = ({ batch }: Task): string | undefined => (options.isInTurn(batch.source) ? batch.source : undefined)
  return inTurn(tasks, { concurrency: options.concurrency, turnOf }, one)
}

function skippedOutcome({ batch }: Task, { skipped }: NotNeeded): BatchOutcome {
  return { batch, outcome: 'skipped', reason: skipped }
}

/** The outcome of a batch that was published. */
export function publishedOutcome({ batch, reason, lastError }: Task, { tables, files }: RunResult): BatchOutcome {
  const whole = files.reduce((sum, file) => sum + file.quarantined, 0)
  return {
    batch,
    outcome: 'published',
    reason,
    ...(lastError === undefined ? {} : { lastError }),
    rows: tables.reduce((sum, table) => sum + table.loaded, 0),
    quarantined: tables.reduce((sum, table) => sum + total(table.quarantined), whole),
    dropped: tables.reduce((sum, table) => sum + total(table.dropped), 0),
    exitCode: exitCodes.done,
  }
}

/** The outcome of a batch whose run threw an error. */
export function failedOutcome({ batch }: Task, error: unknown): BatchOutcome {
  const exitCode = exitCodeOf(error)
  const reason = error instanceof CaseloadError ? error.message : `this is a bug: ${describeBug(error).what}`
  if (error instanceof AbortedError) return { batch, outcome: 'stopped', reason, exitCode }
  if (error instanceof SupersededError) return { batch, outcome: 'skipped', reason, exitCode }
  // The session that holds the lock may load the batch, or may hang: stillLocked checks that at the end.
  if (error instanceof BatchLockedError) return { batch, outcome: 'locked', reason, exitCode }
  if (error instanceof NoDeliveryError) return { batch, outcome: 'not_delivered', reason, exitCode }
  return { batch, outcome: exitCode === exitCodes.refused ? 'refused' : 'failed', reason, exitCode }
}

/** After all its attempts. */
function isUnreachable(error: unknown): boolean {
  return error instanceof UnreachableError || (error instanceof Error && error.cause instanceof UnreachableError)
}
