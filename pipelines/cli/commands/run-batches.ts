import { batchesAtOnce, serverSessions } from '../../operate/backfill/concurrency.ts'
import type { Reprocess } from '../../operate/backfill/decide.ts'
import { type BatchOutcome, isFailure, stillLocked } from '../../operate/backfill/outcome.ts'
import { newsOf } from '../../operate/notices/notice.ts'
import { inDateOrder } from '../../operate/backfill/in-turn.ts'
import { runAll, type Task } from '../../operate/backfill/run-all.ts'
import type { Batch } from '../../source/batch.ts'
import { CaseloadError, LockedError, SkippedError } from '../../platform/errors.ts'
import { failureLine } from '../../platform/format-error.ts'
import { publishedSince } from '../../ledger/published-since.ts'
import { readLogFormat } from '../../platform/log-format.ts'
import { backfillSummary } from '../progress/backfill-summary.ts'
import { countText } from '../../platform/count-text.ts'
import { redactor } from '../../platform/redact.ts'
import type { Session } from '../../platform/postgres.ts'
import { isConnectionLost } from '../../platform/server-error.ts'
import { runBatch } from '../../run/run-batch.ts'
import { loadSource } from '../../source/load-source.ts'
import { runObserved } from '../../run/run-observed.ts'
import { telemetryOf } from '../../telemetry/telemetry.ts'
import type { SeveralBatchesFlags } from './flags-batch.ts'
import type { Notices } from './notices.ts'
import { printJson } from './print-json.ts'
import { refreshAfter } from './refresh-marts.ts'
import type { Runner } from './runner.ts'

/** Flags that {@link runBatches} reads. */
export interface RunBatchesFlags extends SeveralBatchesFlags {
  /** Every day without a delivery is a failure. */
  readonly strict?: boolean
  readonly reprocess?: Reprocess
}

/** What {@link runBatches} runs and reports. */
export interface RunBatchesOptions {
  /** The batches to run. */
  readonly tasks: readonly Task[]
  /** Outcomes of batches that do not run, for the summary. */
  readonly others: readonly BatchOutcome[]
  /** For the summary: why the command has no batch, if it has none. */
  readonly nothing?: string
  /** Tells people how the batches ended. */
  readonly notices: Notices
}

/**
 * Runs batches, several at once, and prints how each ended: a summary, or a JSON array.
 *
 * @throws CaseloadError if a batch failed; LockedError if none failed and one is locked by another run that has not published it
 *   yet; the signal's reason if the command was stopped; SkippedError if there was nothing to do and --skip-exit-code is set
 */
export async function runBatches(
  runner: Runner,
  { tasks, others, nothing, notices }: RunBatchesOptions,
  flags: RunBatchesFlags,
): Promise<void> {
  const begun = performance.now()
  const concurrency = batchesAtOnce(flags.concurrency, await runner.ask(serverSessions))
  const progress = runner.progress(tasks.length)
  if (flags.concurrency !== undefined && concurrency < flags.concurrency) {
    progress
      .log()
      .warn('backfill', `--concurrency is ${flags.concurrency}, but the server has connections for ${concurrency}`)
  }
  const { signal, settings } = runner
  // Engines at once share the cores; one alone leaves a core to the server.
  const threads = Math.max(1, Math.floor(settings.threads / Math.max(1, Math.min(concurrency, tasks.length))))
  const redact = redactor(process.env)
  const telemetries = telemetryOf(runner.target.url, process.env, process.cwd())
  const failure = { format: readLogFormat(flags.logFormat, process.env), redact }
  const full = await sourcesOfFullLists(tasks, settings.sourceFolders)
  const isInTurn = (source: string): boolean => full.has(source)
  const tried = await runAll(inDateOrder(tasks, isInTurn), {
    concurrency,
    isInTurn,
    failFast: flags.failFast ?? false,
    signal,
    show: batch => progress.batch(batch),
    run: async (batch, watch, onBegin) => {
      const what = await settledMeanwhile(runner, batch)
      if (what !== undefined) return { skipped: what }
      return runner.work(batch, { progress, watch, threads, skipIfPublishedSince: runner.begunAt }, parts => {
        onBegin(parts.runId)
        return runObserved(parts, telemetries, redact, runBatch)
      })
    },
    onBug: error => {
      progress.log().error('run', failureLine(error, { ...failure, format: 'text' }).trim())
    },
  })
  const hasLocked = !signal.aborted && tried.some(one => one.outcome === 'locked')
  const ran = hasLocked
    ? ((await askAtOnce(runner, session => stillLocked(session, tried, runner.begunAt))) ?? tried)
    : tried
  if (!signal.aborted && ran.some(one => one.outcome === 'published')) {
    await refreshAfter(runner.ask, { ...flags, signal, log: progress.log() })
  }
  progress.close()
  const ended = [...ran, ...others].map(one => ({ ...one, reason: redact(one.reason) }))
  printOutcomes(ended, flags, performance.now() - begun, nothing)
  if (signal.aborted) throw signal.reason as Error
  await notices.tell(newsOf(ended, flags.strict === true), { openSession: runner.openAtOnce }, runner.stopping)
  // Its batches were told of one by one.
  if (ended.some(one => isFailure(one, flags.strict))) notices.cover()
  throwIfFailed(ended, {
    count: tasks.length + others.filter(hasFailed).length,
    landing: settings.landing,
    strict: flags.strict,
  })
  if (tasks.length === 0 && flags.skipExitCode !== undefined)
    throw new SkippedError('Nothing to do.', { exitCode: flags.skipExitCode })
}

/**
 * The sources with a full list among their tables. Each of their days is compared with the newest day before it, so it waits
 * until that day is published or refused.
 */
export async function sourcesOfFullLists(
  tasks: readonly Pick<Task, 'batch'>[],
  folders: readonly string[],
): Promise<ReadonlySet<string>> {
  const names = [...new Set(tasks.map(({ batch }) => batch.source))]
  const full = await Promise.all(
    names.map(async name => {
      // A source that cannot be loaded fails in its own run, with the reason.
      const source = await loadSource(name, folders).catch(() => undefined)
      return Object.values(source?.transformer.delivery ?? {}).includes('full')
    }),
  )
  return new Set(names.filter((_, at) => full[at] === true))
}

/**
 * Whether another command for the same days was faster. This saves a run and its telemetry; the run checks again under the lock
 * of the batch.
 *
 * @returns in words what the other command did
 */
async function settledMeanwhile(runner: Runner, batch: Batch): Promise<string | undefined> {
  // If the server does not answer now, the run asks again, with retries.
  return askAtOnce(runner, session => publishedSince(session, batch, runner.begunAt))
}

/** Queries in a session of its own, without retries; undefined if the server does not answer now. */
async function askAtOnce<T>(
  { openAtOnce }: Runner,
  question: (session: Session) => Promise<T | undefined>,
): Promise<T | undefined> {
  const session = await openAtOnce('caseload').catch(() => undefined)
  if (session === undefined) return undefined
  try {
    return await question(session)
  } catch (error) {
    if (isConnectionLost(error)) return undefined
    throw error
  } finally {
    await session.end().catch(() => undefined)
  }
}

const hasFailed = (one: BatchOutcome): boolean => isFailure(one) && one.outcome !== 'not_delivered'

interface ThrowIfFailedOptions {
  /** Number of batches to run. */
  readonly count: number
  /** Landing root. */
  readonly landing: string
  readonly strict: boolean | undefined
}

/** @throws CaseloadError if a batch failed, else LockedError if a batch is locked */
function throwIfFailed(ended: readonly BatchOutcome[], { count, landing, strict }: ThrowIfFailedOptions): void {
  const failed = ended.filter(hasFailed).length
  if (failed > 0) {
    throw new CaseloadError(
      `${failed} of ${countText(count, 'batch', 'batches')} failed. Fix the cause, then run the same command again.`,
    )
  }
  const absent = ended.filter(one => isFailure(one, strict)).length
  if (absent > 0) {
    throw new CaseloadError(
      `Without a landing folder below ${landing}: ${countText(absent, 'batch', 'batches')}. A batch that will not come is ` +
        "settled with caseload dismiss <source> <date> --reason '...'",
    )
  }
  const locked = ended.filter(one => one.outcome === 'locked').length
  if (locked === 0) return
  throw new LockedError(
    `Not loaded yet, locked by another run: ${countText(locked, 'batch', 'batches')}. Run the same command again after that run.`,
  )
}

function printOutcomes(
  ended: readonly BatchOutcome[],
  flags: RunBatchesFlags,
  ms: number,
  nothing: string | undefined,
): void {
  if (flags.json === true) {
    printJson(ended.map(({ batch, ...rest }) => ({ ...batch, ...rest })))
    return
  }
  const { strict = false, reprocess } = flags
  const { columns } = process.stdout
  process.stdout.write(backfillSummary(ended, { ms, strict, columns, reloadsAll: reprocess === 'all', nothing }))
}
