import type { Batch } from '../../source/batch.ts'
import type { BatchOutcome } from './outcome.ts'
import type { Log, LogContext } from '../../platform/log.ts'
import type { RunListener } from '../../run/run-listener.ts'

/** One batch as it is watched: its steps, its rows, and how it ended. */
export interface BatchProgress extends RunListener {
  /** The batch is over. Of a backfill this is logged, too. */
  end(outcome: BatchOutcome): void
}

/** What a command shows of its work on standard error while it goes on. See `openProgress`. */
export interface Progress {
  /**
   * The log of one run, or of the whole command: its lines go where they do not get mixed up with lines that are redrawn.
   *
   * @param context what its lines are about
   */
  log(context?: LogContext): Log
  /** A batch begins: what is told of its steps and rows is shown until it is over. */
  batch(batch: Batch): BatchProgress
  /** Takes redrawn lines away; to be called before anything else is printed, and safe to repeat. */
  close(): void
}

/** Where progress is shown: a terminal, or a stream of plain lines. */
export interface Display {
  /** Writes whole lines, each with its line feed. */
  log(lines: string): void
  batch(batch: Batch): BatchProgress
  close(): void
}
