import type { Batch } from '../../source/batch.ts'
import { MissingInputError } from '../../platform/errors.ts'
import type { LandingView } from '../../landing/files/landing-view.ts'
import type { RunStatus } from '../../ledger/ledger.ts'
import type { BatchOutcome } from './outcome.ts'
import type { Task } from './run-all.ts'

/** A batch whose newest run did not publish. */
export interface FailedBatch {
  readonly batch: Batch
  /** How that run ended. */
  readonly status: RunStatus
  /** Class of the error it ended in. */
  readonly errorClass: string | null
}

/** Batches to run again, and those that cannot run. */
export interface Retryable {
  readonly tasks: readonly Task[]
  /** Batches without a landing folder, or below a folder that cannot be read. */
  readonly others: readonly BatchOutcome[]
}

/**
 * Selects the batches that have a landing folder now. A run of the others would only overwrite the reason of their failure.
 *
 * @returns both lists in the order given
 */
export async function retryable(view: LandingView, tried: readonly FailedBatch[]): Promise<Retryable> {
  const sources = [...new Set(tried.map(one => one.batch.source))]
  const days = new Map(await Promise.all(sources.map(async source => [source, await daysOf(view, source)] as const)))
  const tasks: Task[] = []
  const others: BatchOutcome[] = []
  for (const { batch, status, errorClass } of tried) {
    const reason = `its last run ended as ${status}`
    const lastError = errorClass === null ? {} : { lastError: errorClass }
    const found = days.get(batch.source)
    if (found instanceof MissingInputError) {
      others.push({ batch, outcome: 'failed', reason: found.message, exitCode: found.exitCode })
    } else if (found?.has(batch.date) === true) {
      tasks.push({ batch, reason, ...lastError })
    } else {
      // A day that only has runs without a landing folder is not a failed batch.
      if (errorClass === 'NoDeliveryError') {
        others.push({ batch, outcome: 'not_delivered', reason: `no landing folder; ${reason}`, ...lastError })
        continue
      }
      const settle = `if it will not come: caseload dismiss ${batch.source} ${batch.date} --reason '...'`
      others.push({
        batch,
        outcome: 'not_delivered',
        reason: `no landing folder; ${reason}; ${settle}`,
        ...lastError,
        stillFailed: true,
      })
    }
  }
  return { tasks, others }
}

async function daysOf(view: LandingView, source: string): Promise<ReadonlySet<string> | MissingInputError> {
  try {
    return new Set(await view.days(source))
  } catch (error) {
    if (error instanceof MissingInputError) return error
    throw error
  }
}
