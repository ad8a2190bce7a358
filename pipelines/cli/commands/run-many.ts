import { batchesAtOnce, serverSessions } from '../../operate/backfill/concurrency.ts'
import type { Reprocess } from '../../operate/backfill/decide.ts'
import { type BatchOutcome, isFailure, stillLocked } from '../../operate/backfill/outcome.ts'
import { inDateOrder } from '../../operate/backfill/in-turn.ts'
import { runAll, type Task } from '../../operate/backfill/run-all.ts'
import type { Batch } from '../../source/batch.ts'
import { CaseloadError, LockedError, SkippedError } from '../../platform/errors.ts'
import { failureLine } from '../../platform/format-error.ts'
import { publishedSince } from '../../ledger/published-since.ts'
import { readLogFormat } from '../../platform/log-format.ts'
import { backfillSummary } from '../progress/backfill-summary.ts'
import { countText } from '../progress/words.ts'
import { redactor } from '../../platform/redact.ts'
import { isConnectionLost, type Session } from '../../platform/postgres.ts'
import { runBatch } from '../../run/run-batch.ts'
import { loadSource } from '../../source/load-source.ts'
import { runObserved } from '../../run/run-observed.ts'
import { telemetryOf } from '../../telemetry/telemetry.ts'
import type { BatchFlags } from './batch-flags.ts'
import { printJson } from './common.ts'
import type { Runner } from './runner.ts'

/** Flags of every command that runs several batches. */
export interface ManyFlags extends BatchFlags {
  readonly concurrency?: number
  readonly failFast?: boolean
  /** Every day without a delivery is a failure. */
  readonly strict?: boolean
  readonly reprocess?: Reprocess
  readonly skipExitCode?: number
}

/**
 * Runs batches, several at once, and prints how each ended: a summary, or a JSON array.
 *
 * @param tasks what to run
 * @param others batches that were decided about and are not run, for the summary
 * @param nothing why there is no batch, where there is none; in words for the summary
 * @throws CaseloadError if a batch failed; LockedError if none did, and another run holds one that it has not published;
 *   the signal's reason if the command was stopped; SkippedError if there was nothing to do and an exit code is asked for
 *   that
 */
export async function runMany(
  runner: Runner,
  tasks: readonly Task[],
  others: readonly BatchOutcome[],
  flags: ManyFlags,
  nothing?: string,
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
  const full = await sourcesOfFullLists(tasks, settings.sourceFolders)
  const isInTurn = (source: string): boolean => full.has(source)
  const tried = await runAll(inDateOrder(tasks, isInTurn), {
    concurrency,
    isInTurn,
    failFast: flags.failFast ?? false,
    signal,
    show: batch => progress.batch(batch),
    run: async (batch, watch, onBegin) => {
      const by = await settledMeanwhile(runner, batch)
      if (by !== undefined) return { skipped: `published or put back meanwhile: run ${by}` }
      return runner.work(batch, { progress, watch, threads, skipIfPublishedSince: runner.begunAt }, parts => {
        onBegin(parts.runId)
        return runObserved(parts, telemetries, redact, runBatch)
      })
    },
    onBug: error => {
      progress.log().error('run', failureLine(error, { ...failure, format: 'text' }).trim())
    },
  })
  const isHeld = !signal.aborted && tried.some(one => one.outcome === 'locked')
  const ran = isHeld
    ? ((await askAtOnce(runner, session => stillLocked(session, tried, runner.begunAt))) ?? tried)
    : tried
  progress.close()
  const ended = [...ran, ...others].map(one => ({ ...one, reason: redact(one.reason) }))
  tell(ended, flags, performance.now() - begun, nothing)
  if (signal.aborted) throw signal.reason as Error
  throwFailed(ended, {
    of: tasks.length + others.filter(isBroken).length,
    landing: settings.landing,
    strict: flags.strict,
  })
  if (tasks.length === 0 && flags.skipExitCode !== undefined)
    throw new SkippedError('Nothing to do.', { exitCode: flags.skipExitCode })
}

/**
 * The sources with a full list among their tables: each of its days is judged by the newest one before it, so it waits for
 * that one to be published or refused.
 */
async function sourcesOfFullLists(tasks: readonly Task[], folders: readonly string[]): Promise<ReadonlySet<string>> {
  const names = [...new Set(tasks.map(({ batch }) => batch.source))]
  const full = await Promise.all(
    names.map(async name => {
      // A source that cannot be loaded fails in its own run, which says why.
      const source = await loadSource(name, folders).catch(() => undefined)
      return Object.values(source?.transformer.delivery ?? {}).includes('full')
    }),
  )
  return new Set(names.filter((_, at) => full[at] === true))
}

/**
 * Another command that was called for the same days may have been quicker. To ask here spares a run and what telemetry
 * says of it; the run asks again under the batch's lock.
 */
async function settledMeanwhile(runner: Runner, batch: Batch): Promise<string | undefined> {
  // If the server cannot be asked now, the run asks it, more patiently.
  return askAtOnce(runner, session => publishedSince(session, batch, runner.begunAt))
}

/** Asks over a session of its own; undefined where the server cannot be asked now. */
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

const isBroken = (one: BatchOutcome): boolean => isFailure(one) && one.outcome !== 'not_delivered'

interface Whole {
  /** Batches that were to be run. */
  readonly of: number
  /** Landing root. */
  readonly landing: string
  readonly strict: boolean | undefined
}

/** @throws CaseloadError if a batch failed, else LockedError if another run holds one */
function throwFailed(ended: readonly BatchOutcome[], { of, landing, strict }: Whole): void {
  const failed = ended.filter(isBroken).length
  if (failed > 0) {
    throw new CaseloadError(
      `${failed} of ${of} batches failed; when what they failed of is mended, the same command again runs them.`,
    )
  }
  const absent = ended.filter(one => isFailure(one, strict)).length
  if (absent > 0) {
    throw new CaseloadError(`Without a landing folder below ${landing}: ${countText(absent, 'batch', 'batches')}.`)
  }
  const locked = ended.filter(one => one.outcome === 'locked').length
  if (locked === 0) return
  throw new LockedError(
    `Not loaded yet, locked by another run: ${countText(locked, 'batch', 'batches')}. Call the same command again when that run is over.`,
  )
}

function tell(ended: readonly BatchOutcome[], flags: ManyFlags, ms: number, nothing: string | undefined): void {
  if (flags.json === true) {
    printJson(ended.map(({ batch, ...rest }) => ({ ...batch, ...rest })))
    return
  }
  const { strict = false, reprocess } = flags
  const { columns } = process.stdout
  process.stdout.write(backfillSummary(ended, { ms, strict, columns, anew: reprocess === 'all', nothing }))
}
