import { audit } from '../audit/audit.ts'
import { type BatchChecks, loadChecks } from '../audit/batch-checks.ts'
import type { CheckResult } from '../audit/check-result.ts'
import { fileResults } from '../audit/file-results.ts'
import { type BatchLanding, openBatchLanding } from '../landing/batch-landing.ts'
import { endRun, ledgerOver, runStatus } from '../ledger/ledger.ts'
import { renewStatistics } from '../ledger/statistics.ts'
import { CaseloadError } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import { describeServerError, type Session } from '../platform/postgres.ts'
import { defaultRetries, asTransient, type RetryPolicy, withRetries } from '../platform/retry.ts'
import { publishBatch } from '../publish/publish-batch.ts'
import type { BadRowLimit } from '../source/bad-row-limit.ts'
import type { Batch } from '../source/batch.ts'
import type { Source } from '../source/load-source.ts'
import type { LoadedBatch } from '../source/transformer.ts'
import { inAttempts } from './attempts.ts'
import type { EnginePool } from './engine-pool.ts'
import { lockRun } from './lock-run.ts'
import type { Watcher } from './run-listener.ts'
import { stageBatch } from './stage-batch.ts'

/** Everything a run works with. */
export interface RunParts {
  readonly batch: Batch
  /** UUID of this run. */
  readonly runId: string
  /** What the caller calls this run, such as an orchestrator's own id of it. */
  readonly externalId: string | undefined
  /** Leave the batch alone where somebody else has settled it since this moment of the server's clock. */
  readonly skipIfPublishedSince: string | undefined
  readonly source: Source
  /** Landing root: absolute, or `s3://bucket/prefix`. */
  readonly landing: string
  readonly sourceFolders: readonly string[]
  /** Opens a session on the migrated target. */
  readonly openSession: (applicationName: string) => Promise<Session>
  readonly databaseUrl: string | undefined
  /** Where the engine's process comes from. */
  readonly engines: EnginePool
  /** Folder on a disk, below which a private work folder is made and removed. */
  readonly workRoot: string
  readonly memoryLimit: string
  readonly threads: number
  readonly badRows: BadRowLimit
  /** True if the newest delivery of a full list may lack more than half of the one before it. */
  readonly allowShrink?: boolean | undefined
  /** Published versions that are kept, detached, for a rollback. */
  readonly keep: number
  /** How often what passes by itself is tried again. */
  readonly retries: RetryPolicy
  readonly codeVersion: string
  readonly log: Log
  /** Told how far the run is. */
  readonly watch: Watcher
  /** Aborted by a signal or a timeout, with the error to end with as reason. */
  readonly signal: AbortSignal
}

/** A published batch. */
export interface RunResult extends LoadedBatch {
  readonly runId: string
  readonly batch: Batch
  /** What every quality rule found. */
  readonly checks: readonly CheckResult[]
  /** Tries it took to get readers out of the way. */
  readonly publishTries: number
}

/**
 * Replaces one batch: locks it, loads and stages it in a process of its own, audits the counts and publishes all its
 * tables at once. Whatever goes wrong, readers keep what they had and the ledger says what happened.
 *
 * @throws LockedError if another run holds the batch
 * @throws CaseloadError of the kind that fits, or the bug that it is
 */
export async function runBatch(run: RunParts): Promise<RunResult> {
  const { batch, runId, signal, log, watch } = run
  return inAttempts(run, 'publish', async attempt => {
    const { session } = attempt
    await lockRun(run, attempt)
    const rules = loadChecks(run.source, run.sourceFolders)
    const landing = await openLanding(run)
    const loaded = await stageBatch(run, attempt, landing)
    const checks = await auditBatch(run, session, loaded, rules)
    await landing.requireUnchanged(loaded.files)
    signal.throwIfAborted()
    watch.stage('publish')
    log.info('publish', `${loaded.tables.length} tables`)
    const publishTries = await publishBatch(session, { ...run, isPublished: () => isPublished(run) })
    await dropExpired(run, session)
    return { ...loaded, runId, batch, checks, publishTries }
  })
}

/** Opens the landing of the batch, in a folder or an object store. */
export function openLanding({ landing, batch, source, signal, log, watch }: RunParts): Promise<BatchLanding> {
  watch.stage('read')
  return openBatchLanding({
    landing,
    batch,
    declared: source.transformer,
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
 * The connection was lost at the commit: only the ledger, asked over a new one, knows. To declare the run failed waits
 * for a publish that is still under way on the server and forbids one that has not begun, so the answer is final.
 */
async function isPublished({ openSession, runId, signal }: RunParts): Promise<boolean> {
  const open = (): Promise<Session> =>
    openSession('caseload ledger').catch((error: unknown) => {
      throw asTransient(error)
    })
  // However often the batch itself may be tried: this is about what has happened.
  const session = await withRetries(defaultRetries, signal, open, () => undefined)
  try {
    const ledger = ledgerOver(session)
    // A signal breaks the connection off, too.
    const stopped: unknown = signal.reason
    if (stopped instanceof CaseloadError) {
      await endRun(ledger, runId, 'aborted', { errorClass: stopped.name, message: stopped.message })
    } else {
      const message = 'connection lost while publishing'
      await endRun(ledger, runId, 'failed', { errorClass: 'DatabaseError', message })
    }
    return (await runStatus(ledger, runId)) === 'published'
  } finally {
    await session.end()
  }
}

/** Drops versions and quarantine that nobody needs any more. What fails here, the next run does. */
async function dropExpired({ batch, keep, log }: RunParts, session: Session): Promise<void> {
  try {
    await session.query('select caseload.drop_kept_versions($1, $2, $3)', [batch.source, batch.date, keep])
    await session.query('select caseload.expire_quarantine($1, $2)', [batch.source, batch.date])
    await renewStatistics(session, batch.source)
  } catch (error) {
    log.warn('publish', `published, but not tidied up: ${describeServerError(error)}`)
  }
}
