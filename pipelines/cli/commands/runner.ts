import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { defaultBadRowLimit, parseBadRowLimit } from '../../source/bad-row-limit.ts'
import type { Batch } from '../../source/batch.ts'
import { enginePool } from '../../run/engine-pool.ts'
import { MissingInputError } from '../../platform/errors.ts'
import { readMask } from '../../contract/mask/key.ts'
import { openProgress } from '../progress/open-progress.ts'
import type { Session } from '../../platform/postgres.ts'
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
import type { BatchFlags } from './batch-flags.ts'
import { commandLog } from './command-log.ts'
import { withTarget } from './common.ts'
import { overSession, patientTarget } from './patient-target.ts'

/** What a command needs to work on batches, as the command line and the environment ask for it. */
export interface Runner {
  readonly settings: Settings
  /** Its sessions are waited for, see {@link patientTarget}. */
  readonly target: Target
  /** Opens a session of the target as it comes, for work that does as well without. */
  readonly openAtOnce: Target['openSession']
  /** When the command began, by the server's clock. */
  readonly begunAt: string
  /** Aborted by the first SIGINT or SIGTERM; of a command of one batch when its time is over, too. */
  readonly signal: AbortSignal
  /**
   * Asks the target something, over a session of its own.
   *
   * @throws the signal's reason once it is aborted, also while a statement waits; else what the question throws
   */
  ask<T>(question: (session: Session) => Promise<T>): Promise<T>
  /**
   * Opens what the command shows of its work; closed with the runner.
   *
   * @param total how many batches there will be, undefined for a command of one batch
   */
  progress(total?: number): Progress
  /**
   * Works on one batch, in the time it may take.
   *
   * @param work such as `runBatch`
   * @throws UsageError if its source cannot be loaded, and what the work throws
   */
  work<T>(batch: Batch, options: WorkOptions, work: (parts: RunParts) => Promise<T>): Promise<T>
}

/** How one batch among others is worked on. */
export interface WorkOptions {
  readonly progress: Progress
  /** Of `progress.batch()`. */
  readonly watch: RunListener
  /** DuckDB's threads, where several engines share the cores. */
  readonly threads?: number
  /** See {@link RunParts}. */
  readonly skipIfPublishedSince?: string | undefined
}

/**
 * Opens the target, makes it ready, and gives a command what runs batches; closes everything afterwards. Each batch has the
 * time of --timeout for itself.
 *
 * @throws MissingInputError if the landing root is not there
 */
export async function withRunner<T>(flags: BatchFlags, work: (runner: Runner) => Promise<T>): Promise<T> {
  return stoppable(flags, (settings, signal) => overTarget(flags, settings, { signal, seconds: flags.timeout }, work))
}

/**
 * Does the same for a command of one batch, for all of which is the time of --timeout: what is waited for before the batch
 * counts.
 *
 * @throws MissingInputError if the landing root is not there
 * @throws TimeoutError when the time is over
 */
export async function withBatchRunner<T>(flags: BatchFlags, work: (runner: Runner) => Promise<T>): Promise<T> {
  return stoppable(flags, (settings, outer) =>
    withTimeout(flags.timeout, outer, signal => overTarget(flags, settings, { signal, seconds: undefined }, work)),
  )
}

async function stoppable<T>(
  flags: BatchFlags,
  work: (settings: Settings, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const settings = readSettings(flags, process.env, process.cwd())
  if (!isS3(settings.landing) && !existsSync(settings.landing)) {
    throw new MissingInputError(
      `Expected a landing root at ${settings.landing}; --landing or CASELOAD_LANDING names it.`,
    )
  }
  // The engine's process reads it too; a key that is missing is said before a lock is taken.
  readMask(process.env)
  const stop = stopOnSignals()
  try {
    return await work(settings, stop.signal)
  } finally {
    stop.release()
  }
}

/** What ends the work. */
interface Limit {
  readonly signal: AbortSignal
  /** For each batch; undefined for no limit of its own. */
  readonly seconds: number | undefined
}

async function overTarget<T>(
  flags: BatchFlags,
  settings: Settings,
  { signal, seconds }: Limit,
  work: (runner: Runner) => Promise<T>,
): Promise<T> {
  const engines = enginePool()
  const opened: Progress[] = []
  try {
    return await withTarget(flags, async target => {
      const patient = patientTarget(target, { policy: retriesOf(flags), signal, log: commandLog(flags) })
      const { begunAt, warnings } = await overSession(patient, signal, session => readied(session, signal))
      return work({
        settings,
        target: patient,
        openAtOnce: target.openSession,
        begunAt,
        signal,
        ask: question => overSession(patient, signal, question),
        progress: total => {
          const progress = openProgress(flags, process.env, process.stderr, total === undefined ? {} : { total })
          if (opened.length === 0) for (const warning of warnings) progress.log().warn('views', warning)
          opened.push(progress)
          return progress
        },
        work: (batch, options, inner) =>
          withTimeout(seconds, signal, async limited =>
            inner({ ...(await partsOf(flags, settings, target, batch, options)), engines, signal: limited }),
          ),
      })
    })
  } finally {
    for (const progress of opened) progress.close()
    engines.close()
  }
}

const retriesOf = ({ retries }: BatchFlags): RetryPolicy => ({ ...defaultRetries, retries })

/** @returns the server's time, and what the user is to be warned of */
async function readied(
  session: Session,
  signal: AbortSignal,
): Promise<{ readonly begunAt: string; readonly warnings: readonly string[] }> {
  const warnings = await makeReady(session, signal)
  const now = await session.query<{ now: string }>('select clock_timestamp()::text as now')
  return { begunAt: now.rows[0]?.now ?? '', warnings }
}

/**
 * Works on the only batch of a command, and shows how far it is until that is over.
 *
 * @param skipIfPublishedSince see {@link RunParts}
 * @throws what the work throws
 */
export async function workOnOne<T>(
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

async function partsOf(
  flags: BatchFlags,
  settings: Settings,
  target: Target,
  batch: Batch,
  { progress, watch, threads = settings.threads, skipIfPublishedSince }: WorkOptions,
): Promise<Omit<RunParts, 'engines' | 'signal'>> {
  const source = await loadSource(batch.source, settings.sourceFolders)
  const limit = settings.maxBadRows ?? source.transformer.maxBadRows
  const runId = randomUUID()
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
    retries: retriesOf(flags),
    codeVersion: packageVersion(),
    databaseUrl: target.url,
    openSession: target.openSession,
    log: progress.log({ run: runId, source: batch.source, date: batch.date }),
  }
}
