import { batchesAtOnce, serverSessions } from '../backfill/concurrency.ts'
import { type BatchOutcome, isFailure } from '../backfill/outcome.ts'
import { runAll, type Task } from '../backfill/run-all.ts'
import type { Batch } from '../batch.ts'
import { CaseloadError, SkippedError } from '../errors.ts'
import { failureLine } from '../failure-line.ts'
import { publishedSince } from '../ledger/published-since.ts'
import { readLogFormat } from '../log-format.ts'
import { backfillSummary } from '../progress/backfill-summary.ts'
import { countText } from '../progress/words.ts'
import { redactor } from '../redact.ts'
import { isConnectionLost } from '../postgres.ts'
import { runBatch } from '../run-batch.ts'
import { runObserved } from '../telemetry/run-observed.ts'
import { telemetryOf } from '../telemetry/telemetry.ts'
import type { BatchFlags } from './batch-flags.ts'
import { printJson } from './common.ts'
import type { Runner } from './runner.ts'

/** Flags of every command that runs several batches. */
export interface ManyFlags extends BatchFlags {
  readonly concurrency?: number
  readonly failFast?: boolean
  readonly strict?: boolean
  readonly skipExitCode?: number
}

/**
 * Runs batches, several at once, and prints how each ended: a summary, or a JSON array.
 *
 * @param tasks what to run
 * @param others batches that were decided about and are not run, for the summary
 * @throws CaseloadError if a batch failed; the signal's reason if the command was stopped; SkippedError if there was
 *   nothing to do and an exit code is asked for that
 */
export async function runMany(
  runner: Runner,
  tasks: readonly Task[],
  others: readonly BatchOutcome[],
  flags: ManyFlags,
): Promise<void> {
  const begun = performance.now()
  const concurrency = batchesAtOnce(flags.concurrency, await runner.ask(serverSessions))
  const progress = runner.progress(tasks.length)
  if (flags.concurrency !== undefined && concurrency < flags.concurrency) {
    const room = `the server has connections for ${concurrency}`
    progress.log().warn('backfill', `${flags.concurrency} batches at once were asked for; ${room}`)
  }
  const { signal, settings } = runner
  // Engines at once share the cores; one alone leaves a core to the server.
  const threads = Math.max(1, Math.floor(settings.threads / Math.max(1, Math.min(concurrency, tasks.length))))
  const redact = redactor(process.env)
  const telemetries = telemetryOf(runner.target.url, process.env, process.cwd())
  const failure = { format: readLogFormat(flags.logFormat, process.env), redact }
  const ran = await runAll(tasks, {
    concurrency,
    failFast: flags.failFast ?? false,
    signal,
    show: batch => progress.batch(batch),
    run: async (batch, watch, onBegin) => {
      const by = await settledMeanwhile(runner, batch)
      if (by !== undefined) return { skipped: `published or put back meanwhile: run ${by}` }
      return runner.work(batch, { progress, watch, threads, unlessSince: runner.begunAt }, parts => {
        onBegin(parts.runId)
        return runObserved(parts, telemetries, redact, runBatch)
      })
    },
    onBug: error => {
      progress.log().error('run', failureLine(error, { ...failure, format: 'text' }).trim())
    },
  })
  progress.close()
  const ended = [...ran, ...others].map(one => ({ ...one, reason: redact(one.reason) }))
  tell(ended, flags, performance.now() - begun)
  if (signal.aborted) throw signal.reason as Error
  const failed = ended.filter(one => isFailure(one)).length
  if (failed > 0)
    throw new CaseloadError(
      `${failed} of ${tasks.length} batches failed; when what they failed of is mended, caseload retry runs them again.`,
    )
  const absent = ended.filter(one => isFailure(one, flags.strict)).length
  if (absent > 0) throw new CaseloadError(`Without a delivery: ${countText(absent, 'batch', 'batches')}.`)
  if (tasks.length === 0 && flags.skipExitCode !== undefined)
    throw new SkippedError('Nothing to do.', flags.skipExitCode)
}

/**
 * Another command that was called for the same days may have been quicker. To ask here spares a run and what telemetry
 * says of it; the run asks again under the batch's lock.
 */
async function settledMeanwhile({ openAtOnce, begunAt }: Runner, batch: Batch): Promise<string | undefined> {
  // If the server cannot be asked now, the run asks it, more patiently.
  const session = await openAtOnce('caseload').catch(() => undefined)
  if (session === undefined) return undefined
  try {
    return await publishedSince(session, batch, begunAt)
  } catch (error) {
    if (isConnectionLost(error)) return undefined
    throw error
  } finally {
    await session.end().catch(() => undefined)
  }
}

function tell(ended: readonly BatchOutcome[], flags: ManyFlags, ms: number): void {
  if (flags.json === true) {
    printJson(ended.map(({ batch, ...rest }) => ({ ...batch, ...rest })))
    return
  }
  process.stdout.write(backfillSummary(ended, { ms, strict: flags.strict ?? false, columns: process.stdout.columns }))
}
