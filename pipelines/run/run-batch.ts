import { audit } from '../audit/audit.ts'
import { type BatchChecks, loadChecks } from '../audit/batch-checks.ts'
import type { CheckResult } from '../audit/check-result.ts'
import { fileResults } from '../audit/file-results.ts'
import { declaredOf } from '../landing/delivery/claim-files.ts'
import type { BatchLanding } from '../landing/files/batch-landing.ts'
import { openBatchLanding } from '../landing/open-batch-landing.ts'
import { endRun, runStatus } from '../ledger/ledger.ts'
import { renewStatistics } from '../ledger/statistics.ts'
import { countText } from '../platform/count-text.ts'
import { CaseloadError } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import type { Session } from '../platform/postgres.ts'
import { describeServerError } from '../platform/server-error.ts'
import { defaultRetries, asTransient, type RetryPolicy, withRetries } from '../platform/retry.ts'
import { publishBatch } from '../publish/publish-batch.ts'
import type { BadRowLimit } from '../source/bad-row-limit.ts'
import type { Batch } from '../source/batch.ts'
import type { Source } from '../source/load-source.ts'
import type { LoadedBatch } from '../source/transformer.ts'
import { inAttempts } from './attempts.ts'
import type { EnginePool } from './engine-pool.ts'
import { lockRun } from './lock-run.ts'
import type { RunListener } from './run-listener.ts'
import { stageBatch } from './stage-batch.ts'
import { recordStages, type StageTime } from './stage-clock.ts'

/** Everything a run works with. */
export interface RunParts {
  readonly batch: Batch
  /** UUID of this run. */
  readonly runId: string
  /** The caller's own id of this run, such as that of an orchestrator. */
  readonly externalId: string | undefined
  /** Do not run if another command published or rolled back the batch since this moment of the server's clock. */
  readonly skipIfPublishedSince: string | undefined
  readonly source: Source
  /** Landing root: absolute, or `s3://bucket/prefix`. */
  readonly landing: string
  readonly sourceFolders: readonly string[]
  /** Opens a session on the migrated target. */
  readonly openSession: (applicationName: string) => Promise<Session>
  readonly databaseUrl: string | undefined
  /** Starts and reuses the engine's process. */
  readonly engines: EnginePool
  /** Folder on a disk, below which the run makes and removes a private work folder. */
  readonly workRoot: string
  readonly memoryLimit: string
  readonly threads: number
  readonly badRows: BadRowLimit
  /** True if the newest delivery of a full list may lack more than half of the one before it. */
  readonly allowShrink?: boolean | undefined
  /** Number of replaced versions to keep, detached, for a rollback. */
  readonly keep: number
  /** How often to try again after a transient error. */
  readonly retries: RetryPolicy
  readonly codeVersion: string
  readonly log: Log
  /** Gets the progress of the run. */
  readonly watch: RunListener
  /** Aborted by a signal or a timeout, with the error to end with as reason. */
  readonly signal: AbortSignal
}

/** A published batch. */
export interface RunResult extends LoadedBatch {
  readonly runId: string
  readonly batch: Batch
  /** The result of every quality rule. */
  readonly checks: readonly CheckResult[]
  /** Attempts until readers let the swap through. */
  readonly publishTries: number
}

/**
 * Replaces one batch: locks it, loads and stages it in a child process, audits the counts and publishes all its tables at
 * once. On any failure readers keep the published version, and the ledger records the failure.
 *
 * @throws LockedError if another run holds the batch
 * @throws CaseloadError of the class that fits, or the error of a bug
 */
export async function runBatch(parts: RunParts): Promise<RunResult> {
  const { batch, runId, signal, log } = parts
  return inAttempts(parts, 'publish', async attempt => {
    const { session, clock } = attempt
    const run = { ...parts, watch: clock }
    await lockRun(run, attempt)
    const rules = loadChecks(run.source, run.sourceFolders)
    const landing = await openLanding(run)
    const loaded = await stageBatch(run, attempt, landing)
    const checks = await auditBatch(run, session, loaded, rules)
    await landing.requireUnchanged(loaded.files)
    signal.throwIfAborted()
    clock.stage('publish')
    log.info('publish', countText(loaded.tables.length, 'table'))
    const publishTries = await publishBatch(session, { ...run, isPublished: () => isPublished(run) })
    await afterPublish(run, session, clock.times())
    return { ...loaded, runId, batch, checks, publishTries }
  })
}

/** Opens the landing of the batch, in a folder or an object store. */
export function openLanding({ landing, batch, source, signal, log, watch }: RunParts): Promise<BatchLanding> {
  watch.stage('read')
  return openBatchLanding({
    landing,
    batch,
    declared: declaredOf(source),
    signal,
    onProgress: detail => {
      log.info('read', detail)
    },
  })
}

/**
 * Balances the counts and runs the quality rules.
 *
 * @throws RefusedError if the batch may not be published
 */
export function auditBatch(
  run: RunParts,
  session: Session,
  loaded: LoadedBatch,
  checks: BatchChecks,
): Promise<readonly CheckResult[]> {
  run.watch.stage('audit')
  const declared = run.source.transformer
  return audit(session, loaded, { ...run, declared, checks, fileResults: fileResults(loaded, declared.inputs) })
}

/**
 * Asks the ledger over a new connection after the old one was lost at the commit. First marks the run as failed: that waits
 * for a publish that is still under way on the server and prevents one that has not begun, so the answer is final.
 */
async function isPublished({ openSession, runId, signal }: RunParts): Promise<boolean> {
  const open = (): Promise<Session> =>
    openSession('caseload ledger').catch((error: unknown) => {
      throw asTransient(error)
    })
  // With the default retries whatever --retries says: the batch may be published already.
  const session = await withRetries(defaultRetries, signal, open, () => undefined)
  try {
    // A signal breaks off the connection, too.
    const stopped: unknown = signal.reason
    if (stopped instanceof CaseloadError) {
      await endRun(session, runId, 'aborted', { errorClass: stopped.name, message: stopped.message })
    } else {
      const message = 'connection lost while publishing'
      await endRun(session, runId, 'failed', { errorClass: 'DatabaseError', message })
    }
    return (await runStatus(session, runId)) === 'published'
  } finally {
    await session.end()
  }
}

/**
 * Records the times of the stages, and drops replaced versions beyond `keep`, and expired quarantine. If this fails, the next run of
 * the batch drops them.
 */
async function afterPublish(
  { batch, runId, keep, log }: RunParts,
  session: Session,
  stages: readonly StageTime[],
): Promise<void> {
  try {
    await recordStages(session, runId, stages)
    await session.query('select caseload.drop_expired($1, $2)', [runId, keep])
    await renewStatistics(session, batch.source)
  } catch (error) {
    log.warn(
      'publish',
      `published, but expired versions were not dropped: ${describeServerError(error)}; the next run of the batch drops them`,
    )
  }
}
