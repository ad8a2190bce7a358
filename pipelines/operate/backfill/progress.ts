import type { Batch } from '../../source/batch.ts'
import type { BatchOutcome } from './outcome.ts'
import type { Log, LogContext } from '../../platform/log.ts'
import type { RunListener } from '../../run/run-listener.ts'

/** Shows one batch: its steps, its rows, and how it ended. */
export interface BatchProgress extends RunListener {
  /** The batch is over. A backfill logs this, too. */
  end(outcome: BatchOutcome): void
}

/** Shows the progress of a command on standard error. See `openProgress`. */
export interface Progress {
  /**
   * The log of one run, or of the whole command. Its lines do not mix with lines that are redrawn.
   *
   * @param context the batch and the run of its lines
   */
  log(context?: LogContext): Log
  /** A batch begins: its steps and rows are shown until it is over. */
  batch(batch: Batch): BatchProgress
  /** Removes redrawn lines. Call it before other output; safe to repeat. */
  close(): void
}

/** Where progress is shown: a terminal, or a stream of plain lines. */
export interface Display {
  /** Writes whole lines, each with its line feed. */
  log(lines: string): void
  batch(batch: Batch): BatchProgress
  close(): void
}
