import type { Batch } from '../source/batch.ts'
import type { CheckResult } from '../audit/check-result.ts'
import type { LoadedBatch, Transformer } from '../source/transformer.ts'

/** What is known of a run before it begins. */
export interface RunAbout {
  /** UUID of the run, as in the ledger. */
  readonly runId: string
  /** What the caller calls the run, see `--run-id`. */
  readonly externalId: string | undefined
  readonly batch: Batch
  readonly transformer: Pick<Transformer, 'tables'>
  /** Landing root: absolute, or `s3://bucket/prefix`. */
  readonly landing: string
}

/** A run begins. */
export interface RunStarted extends RunAbout {
  readonly startedAt: Date
}

/** What a run published: the part of its result that telemetry reports. */
export interface Published extends LoadedBatch {
  readonly checks: readonly CheckResult[]
}

/** How a run ended. `stopped`: by a signal or by `--timeout`. Neither message nor class holds a patient's value or a secret. */
export type Outcome =
  | { readonly state: 'published'; readonly exitCode: 0; readonly published: Published }
  | {
      readonly state: 'failed' | 'stopped'
      readonly exitCode: number
      readonly errorClass: string
      readonly message: string
    }

/** A run has ended. */
export interface RunEnded extends RunStarted {
  readonly endedAt: Date
  /** How often it was tried, at least 1. */
  readonly attempts: number
  readonly outcome: Outcome
}

/** Somebody who is told of runs. Both may throw: a run never fails of it. */
export interface Telemetry {
  /** For the log, such as `OpenLineage`. */
  readonly name: string
  /** Called once for a run, before it begins; the run does not wait for it. */
  started(event: RunStarted): Promise<void>
  /** Called once for a run, after `started` is done; the command waits for it. */
  ended(event: RunEnded): Promise<void>
}
