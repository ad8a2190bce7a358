import type { Batch } from '../source/batch.ts'
import type { CheckResult } from '../audit/check-result.ts'
import type { LoadedBatch, Transformer } from '../source/transformer.ts'

/** The parameters of a run, known before it starts. */
export interface RunAbout {
  /** UUID of the run, as in the ledger. */
  readonly runId: string
  /** The caller's id of the run, see `--run-id`. */
  readonly externalId: string | undefined
  readonly batch: Batch
  readonly transformer: Pick<Transformer, 'tables'>
  /** Landing root: absolute, or `s3://bucket/prefix`. */
  readonly landing: string
}

/** The start of a run. */
export interface RunStarted extends RunAbout {
  readonly startedAt: Date
}

/** The part of a published run's result that telemetry reports. */
export interface Published extends LoadedBatch {
  readonly checks: readonly CheckResult[]
}

/**
 * How a run ended. `stopped`: by a signal or by `--timeout`. Message and class contain no patient's value and no
 * secret.
 */
export type Outcome =
  | { readonly state: 'published'; readonly exitCode: 0; readonly published: Published }
  | {
      readonly state: 'failed' | 'stopped'
      readonly exitCode: number
      readonly errorClass: string
      readonly message: string
    }

/** The end of a run. */
export interface RunEnded extends RunStarted {
  readonly endedAt: Date
  /** Number of attempts, at least 1. */
  readonly attempts: number
  readonly outcome: Outcome
}

/** A system that gets reports of runs. Both methods may throw; the run does not fail then. */
export interface Telemetry {
  /** For the log, such as `OpenLineage`. */
  readonly name: string
  /** Called once per run, before it starts; the run does not wait for it. */
  started(event: RunStarted): Promise<void>
  /** Called once per run, after `started` has settled; the command waits for it. */
  ended(event: RunEnded): Promise<void>
}
