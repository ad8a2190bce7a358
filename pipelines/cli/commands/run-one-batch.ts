import type { Batch } from '../../source/batch.ts'
import { requirePossibleDay } from '../../landing/future-day.ts'
import { runBatch, type RunParts, type RunResult } from '../../run/run-batch.ts'
import { redactor } from '../../platform/redact.ts'
import { readSettings } from '../../source/settings.ts'
import { loadSource } from '../../source/load-source.ts'
import { runObserved } from '../../run/run-observed.ts'
import { telemetryOfOneRun } from '../../telemetry/telemetry.ts'
import { commandLog } from './command-log.ts'
import type { BatchFlags } from './flags-batch.ts'
import { refreshAfter } from './refresh-marts.ts'
import { type Runner, type RunnerOptions, withRunner } from './runner.ts'

/** Rejects an unknown source and an impossible day before a server is contacted. */
export async function requireRunnable(batch: Batch, flags: BatchFlags): Promise<void> {
  requirePossibleDay(batch, flags.allowFuture, new Date())
  await loadSource(batch.source, readSettings(flags, process.env, process.cwd()).sourceFolders)
}

/** Opens a runner for a command of one batch; --timeout limits the whole command. */
export function withOneBatchRunner<T>(
  flags: BatchFlags,
  use: RunnerOptions['use'],
  work: (runner: Runner) => Promise<T>,
): Promise<T> {
  return withRunner(flags, { timeoutPer: 'command', use }, work)
}

/**
 * Runs the only batch of a command, sends telemetry, and refreshes the marts.
 *
 * @param skipIfPublishedSince see {@link RunParts}
 * @throws CaseloadError of the kind that fits
 */
export async function runOneBatch(
  runner: Runner,
  batch: Batch,
  flags: BatchFlags,
  skipIfPublishedSince?: string,
): Promise<RunResult> {
  const telemetries = telemetryOfOneRun(runner.target.url, process.env, process.cwd())
  const result = await workOnOneBatch(
    runner,
    batch,
    parts => runObserved(parts, telemetries, redactor(process.env), runBatch),
    skipIfPublishedSince,
  )
  await refreshAfter(runner.ask, { ...flags, signal: runner.signal, log: commandLog(flags, batch) })
  return result
}

/**
 * Works on the only batch of a command, and shows its progress.
 *
 * @param skipIfPublishedSince see {@link RunParts}
 * @throws what the work throws
 */
export async function workOnOneBatch<T>(
  runner: Runner,
  batch: Batch,
  work: (parts: RunParts) => Promise<T>,
  skipIfPublishedSince?: string,
): Promise<T> {
  const progress = runner.progress()
  try {
    return await runner.work(batch, { progress, watch: progress.batch(batch), skipIfPublishedSince }, work)
  } finally {
    progress.close()
  }
}
