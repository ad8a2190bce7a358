import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { defaultBadRowLimit, parseBadRowLimit } from '../../source/bad-row-limit.ts'
import { type Batch, sessionName } from '../../source/batch.ts'
import { type EnginePool, enginePool } from '../../run/engine-pool.ts'
import { MissingInputError } from '../../platform/errors.ts'
import { readMask } from '../../contract/mask/key.ts'
import { openProgress } from '../progress/open-progress.ts'
import type { Session } from '../../platform/postgres.ts'
import { type OwnSessions, ownSessions } from '../../platform/own-sessions.ts'
import type { Progress } from '../../operate/backfill/progress.ts'
import { makeReady } from '../../ledger/ensure-schema.ts'
import { defaultRetries, type RetryPolicy } from '../../platform/retry.ts'
import type { RunParts } from '../../run/run-batch.ts'
import { isS3 } from '../../platform/s3-location.ts'
import { packageVersion, readSettings, type Settings } from '../../source/settings.ts'
import { stopOnSignals, withTimeout } from '../../platform/signals.ts'
import { loadSource } from '../../source/load-source.ts'
import type { Target } from '../../embedded/target.ts'
import type { RunListener } from '../../run/run-listener.ts'
import { commandLog } from './command-log.ts'
import type { BatchFlags } from './flags-batch.ts'
import { retryingTarget, withAbortableSession } from './retrying-target.ts'
import { type TargetUse, withTarget } from './with-target.ts'

/** What a command needs to run batches. */
export interface Runner {
  readonly settings: Settings
  /** Retries to open a session, see {@link retryingTarget}. */
  readonly target: Target
  /** Opens a session of the target without retries, for optional queries. */
  readonly openAtOnce: Target['openSession']
  /** When the command started, by the server's clock. */
  readonly begunAt: string
  /** Aborted by the first SIGINT or SIGTERM or the grace time after it, and in a command of one batch by its timeout. */
  readonly signal: AbortSignal
  /** Aborted by the first SIGINT or SIGTERM. */
  readonly stopping: AbortSignal
  /**
   * Queries the target in a session of its own.
   *
   * @throws the signal's reason once it is aborted, even while a statement waits; else what the query throws
   */
  readonly ask: <T>(question: (session: Session) => Promise<T>) => Promise<T>
  /**
   * Opens the progress of the command, which is closed with the runner.
   *
   * @param total number of batches, undefined for a command of one batch
   */
  progress(total?: number): Progress
  /**
   * Works on one batch within its timeout.
   *
   * @param work such as `runBatch`
   * @throws UsageError if its source cannot be loaded, and what the work throws
   */
  work<T>(batch: Batch, options: WorkOptions, work: (parts: RunParts) => Promise<T>): Promise<T>
}

/** How to work on one batch. */
export interface WorkOptions {
  readonly progress: Progress
  /** From `progress.batch()`. */
  readonly watch: RunListener
  /** DuckDB's threads, if several engines share the cores. */
  readonly threads?: number
  /** See {@link RunParts}. */
  readonly skipIfPublishedSince?: string | undefined
}

/** How a runner limits the work. */
export interface RunnerOptions {
  /** What --timeout limits: each batch, or the command of one batch, including what it waits for before. */
  readonly timeoutPer: 'batch' | 'command'
  readonly use: Exclude<TargetUse, 'reads'>
  /** How long running batches may go on after the first signal; default: they are rolled back at once. */
  readonly graceMs?: number
}

/**
 * Opens the target, makes it ready, and gives a command what runs batches; closes everything afterwards.
 *
 * @throws MissingInputError if the landing root does not exist
 * @throws TimeoutError if the timeout of the command is over
 */
export async function withRunner<T>(
  flags: BatchFlags,
  { timeoutPer, use, graceMs }: RunnerOptions,
  work: (runner: Runner) => Promise<T>,
): Promise<T> {
  const settings = readSettings(flags, process.env, process.cwd())
  requireLandingRoot(settings.landing)
  // The engine's process reads the mask, too; a missing key is reported before a lock is taken.
  readMask(process.env)
  const stop = stopOnSignals(graceMs)
  const engines = enginePool()
  const shown: Progress[] = []
  const timeout = timeoutPer === 'command' ? flags.timeout : undefined
  const { stopping } = stop
  let own: OwnSessions | undefined
  try {
    return await withTimeout(
      timeout,
      stop.signal,
      signal =>
        withTarget(flags, use, async target => {
          own = ownSessions(target.openSession)
          return work(
            await createRunner({ flags, settings, target, own, signal, stopping, engines, shown, timeoutPer }),
          )
        }),
      async () => own?.waitsFor(),
    )
  } finally {
    for (const progress of shown) progress.close()
    engines.close()
    stop.release()
  }
}

function requireLandingRoot(landing: string): void {
  if (isS3(landing) || existsSync(landing)) return
  throw new MissingInputError(`Expected a landing root at ${landing}; --landing or CASELOAD_LANDING names it.`)
}

interface CreateRunnerOptions extends Pick<RunnerOptions, 'timeoutPer'> {
  readonly flags: BatchFlags
  readonly settings: Settings
  readonly target: Target
  /** The sessions on it. */
  readonly own: OwnSessions
  readonly signal: AbortSignal
  readonly stopping: AbortSignal
  readonly engines: EnginePool
  /** Collects what the runner opens. */
  readonly shown: Progress[]
}

async function createRunner(options: CreateRunnerOptions): Promise<Runner> {
  const { flags, settings, own, signal, stopping, engines, shown, timeoutPer } = options
  const target = { ...options.target, openSession: own.openSession }
  const retrying = retryingTarget(target, { policy: retryPolicy(flags), signal, log: commandLog(flags) })
  const { begunAt, warnings } = await withAbortableSession(retrying, signal, session => prepare(session, signal))
  return {
    settings,
    target: retrying,
    openAtOnce: target.openSession,
    begunAt,
    signal,
    stopping,
    ask: question => withAbortableSession(retrying, signal, question),
    progress: total => {
      const progress = openProgress(flags, process.env, process.stderr, total === undefined ? {} : { total })
      if (shown.length === 0) for (const warning of warnings) progress.log().warn('views', warning)
      shown.push(progress)
      return progress
    },
    work: (batch, workOptions, inner) => {
      const runId = randomUUID()
      return withTimeout(
        timeoutPer === 'batch' ? flags.timeout : undefined,
        signal,
        async limited => {
          const parts = await runParts(flags, settings, target, { batch, runId }, workOptions)
          return inner({ ...parts, engines, signal: limited })
        },
        () => own.waitsFor(sessionName(batch, runId)),
      )
    },
  }
}

const retryPolicy = ({ retries }: BatchFlags): RetryPolicy => ({ ...defaultRetries, retries })

/** @returns the server's time, and warnings for the user */
async function prepare(
  session: Session,
  signal: AbortSignal,
): Promise<{ readonly begunAt: string; readonly warnings: readonly string[] }> {
  const warnings = await makeReady(session, signal)
  const now = await session.query<{ now: string }>('select clock_timestamp()::text as now')
  return { begunAt: now.rows[0]?.now ?? '', warnings }
}

async function runParts(
  flags: BatchFlags,
  settings: Settings,
  target: Target,
  { batch, runId }: Pick<RunParts, 'batch' | 'runId'>,
  { progress, watch, threads = settings.threads, skipIfPublishedSince }: WorkOptions,
): Promise<Omit<RunParts, 'engines' | 'signal'>> {
  const source = await loadSource(batch.source, settings.sourceFolders)
  const limit = settings.maxBadRows ?? source.transformer.maxBadRows
  return {
    ...settings,
    batch,
    runId,
    externalId: flags.runId,
    skipIfPublishedSince,
    source,
    threads,
    watch,
    badRows: limit === undefined ? defaultBadRowLimit : parseBadRowLimit(limit),
    allowShrink: flags.allowShrink,
    keep: flags.keep,
    retries: retryPolicy(flags),
    codeVersion: packageVersion(),
    databaseUrl: target.url,
    openSession: target.openSession,
    log: progress.log({ run: runId, source: batch.source, date: batch.date }),
  }
}
