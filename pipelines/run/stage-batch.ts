import { rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { audit } from '../audit/audit.ts'
import { type Batch, sessionName } from '../source/batch.ts'
import { type BatchLanding, batchLanding } from '../landing/batch-landing.ts'
import { lockBatch } from '../ledger/batch-lock.ts'
import { loadChecks } from '../audit/batch-checks.ts'
import { fileResults } from '../audit/file-results.ts'
import type { CheckResult } from '../audit/check-result.ts'
import type { EngineProcess } from './engine-process.ts'
import { workFolderMessage } from '../platform/disk-error.ts'
import { CaseloadError, PassingError, SettledError } from '../platform/errors.ts'
import { runFingerprint } from '../source/fingerprint/fingerprint.ts'
import { recordFingerprint } from '../ledger/record-fingerprint.ts'
import { resumeRun, runStart, writeAttempts } from '../ledger/attempts.ts'
import { endSessions } from '../ledger/end-sessions.ts'
import { type Ledger, ledgerOver, recordFiles, registerSource, startRun } from '../ledger/ledger.ts'
import { publishedSince } from '../ledger/published-since.ts'
import { readMask } from '../contract/mask/key.ts'
import { requireMaskSetting } from '../contract/mask/masked-database.ts'
import { breakOff, isPassing, isServerError, passingWords, type Session } from '../platform/postgres.ts'
import { refusal } from '../platform/refusals.ts'
import { recordFailure } from './record-failure.ts'
import { type FailedAttempt, passingOnce, withRetries } from '../platform/retry.ts'
import type { RunParts } from './run-batch.ts'
import { readSql } from '../platform/sql.ts'
import type { LoadedBatch } from '../source/transformer.ts'
import { makeWorkFolder, removeLeftFolders } from './work-folder.ts'

/** A batch whose tables are staged and that nobody sees yet. */
export interface StagedBatch {
  readonly parts: RunParts
  /** Holds the batch's lock. */
  readonly session: Session
  readonly ledger: Ledger
  readonly loaded: LoadedBatch
  /**
   * Balances the counts and runs the quality rules.
   *
   * @throws RefusedError if the batch may not be published
   */
  audit(): Promise<readonly CheckResult[]>
  /** @throws RefusedError naming what changed in the landing folder since it was listed */
  requireUnchanged(): Promise<void>
}

/** What a batch is staged for: to be published, or to be compared only, and then nothing that readers follow is touched. */
export type Purpose = 'publish' | 'compare'

/** What was done of a batch in an earlier attempt of the same run. */
interface Progress {
  readonly purpose: Purpose
  started: boolean
  /** Holds the batch's lock, also while its failure is written down and cleaned up: nobody else takes the run for dead. */
  session: Session | undefined
  readonly failed: FailedAttempt[]
}

/**
 * Locks a batch, loads and stages it in a process of its own, and hands it to whoever publishes or compares it. What
 * passes by itself (a lost connection, a server that restarts, a deadlock) is tried again; all else ends the run, and the
 * ledger says how.
 *
 * @param conclude what to do with the staged batch; what it throws ends the run or is tried again like the rest
 * @param purpose a run that compares is in the ledger as planned, also where a run would be refused
 * @throws LockedError if another run holds the batch
 * @throws CaseloadError of the kind that fits, or the bug that it is
 */
export async function stageBatch<T>(
  parts: RunParts,
  conclude: (staged: StagedBatch) => Promise<T>,
  purpose: Purpose = 'publish',
): Promise<T> {
  const progress: Progress = { purpose, started: false, session: undefined, failed: [] }
  try {
    return await withRetries(
      parts.retries,
      parts.signal,
      () => attempt(parts, progress, conclude),
      failed => {
        progress.failed.push(failed)
        const { waitMs, error } = failed
        parts.log.warn(
          'retry',
          `${error.message} Attempt ${failed.attempt + 1} begins in ${(waitMs / 1000).toFixed(1)} s.`,
        )
      },
    )
  } catch (error) {
    const failure = presentable(error)
    if (progress.started) await recordFailure(parts, failure, progress.failed, purpose)
    throw failure
  } finally {
    await progress.session?.end().catch(() => undefined)
  }
}

async function attempt<T>(
  parts: RunParts,
  progress: Progress,
  conclude: (staged: StagedBatch) => Promise<T>,
): Promise<T> {
  try {
    return await parts.engines.use(engine => overSession(parts, progress, conclude, engine))
  } catch (error) {
    // Whoever runs batches has spoken to this server before: a backfill would end in seconds, every batch of it failed.
    throw presentable(passingOnce(error))
  }
}

async function overSession<T>(
  parts: RunParts,
  progress: Progress,
  conclude: (staged: StagedBatch) => Promise<T>,
  engine: EngineProcess,
): Promise<T> {
  const { runId, batch } = parts
  parts.watch.stage('lock')
  const name = sessionName(batch, runId)
  await progress.session?.end().catch(() => undefined)
  const session = await parts.openSession(name)
  progress.session = session
  const ledger = ledgerOver(session)
  // A statement that waits for a lock would not hear of the signal.
  const stop = (): void => {
    breakOff(session)
  }
  parts.signal.addEventListener('abort', stop, { once: true })
  try {
    parts.signal.throwIfAborted()
    if (progress.failed.length > 0) await endSessions(session, [name])
    await lockBatch(session, batch, runId)
    await requireUnsettled(session, batch, parts.unlessSince)
    await requireMaskSetting(session, process.env)
    await removeLeftFolders(session, batch, parts.workRoot)
    if (progress.purpose === 'publish') await registerSource(ledger, parts.source)
    await begin(parts, session, ledger, progress)
    await recordFingerprint(ledger, runId, runFingerprint(parts.source, readMask(process.env)))
    for (const table of progress.purpose === 'publish' ? parts.source.transformer.tables : []) {
      await session.query('select caseload.ensure_source_parent($1, $2)', [table, batch.source])
    }
    const checks = loadChecks(parts.source, parts.sourceFolders)
    parts.watch.stage('read')
    const landing = await landingOf(parts)
    const loaded = await load(parts, landing, engine)
    await recordFiles(ledger, runId, loaded.files)
    const declared = parts.source.transformer
    return await conclude({
      parts,
      session,
      ledger,
      loaded,
      audit: () => {
        parts.watch.stage('audit')
        return audit(session, loaded, {
          ...parts,
          declared,
          checks,
          fileResults: fileResults(loaded, declared.inputs),
        })
      },
      requireUnchanged: () => landing.requireUnchanged(loaded.files),
    })
  } finally {
    parts.signal.removeEventListener('abort', stop)
  }
}

/** @throws SettledError if another command has published the batch since this moment, or has put a version of it back */
async function requireUnsettled(session: Session, batch: Batch, moment: string | undefined): Promise<void> {
  const by = moment === undefined ? undefined : await publishedSince(session, batch, moment)
  if (by === undefined) return
  throw new SettledError(`${batch.source} ${batch.date} was published or put back meanwhile: run ${by}.`)
}

/** Writes the run down, or goes on with it: without what its last attempt left. */
async function begin(parts: RunParts, session: Session, ledger: Ledger, progress: Progress): Promise<void> {
  const { runId, batch, codeVersion, externalId } = parts
  if (progress.started) {
    // Between two attempts nobody holds the lock whose connection was lost.
    if (progress.purpose === 'publish') await requireUnsettled(session, batch, await runStart(ledger, runId))
    await resumeRun(ledger, batch, runId)
    await session.query(readSql('sql/statements/forget_attempt.sql'), [runId])
  } else {
    const compares = progress.purpose === 'compare'
    await startRun(ledger, {
      runId,
      batch,
      codeVersion,
      host: hostname(),
      processId: process.pid,
      externalId,
      compares,
    })
    progress.started = true
  }
  await writeAttempts(ledger, runId, progress.failed)
}

function landingOf({ landing, batch, source, signal, workRoot, runId, log }: RunParts): Promise<BatchLanding> {
  return batchLanding({
    landing,
    batch,
    declared: source.transformer,
    signal,
    makeFolder: () => makeWorkFolder(workRoot, runId),
    onProgress: detail => {
      log.info('read', detail)
    },
  })
}

async function load(parts: RunParts, landing: BatchLanding, engine: EngineProcess): Promise<LoadedBatch> {
  const { batch, runId, sourceFolders, databaseUrl, memoryLimit, threads, watch } = parts
  const workFolder = makeWorkFolder(parts.workRoot, runId)
  try {
    const { root, isCopy } = await landing.fetch(workFolder)
    const { zone } = parts.source.transformer
    const where = { landing: root, isCopy, sourceFolders, databaseUrl, workFolder }
    const order = { batch, runId, zone, ...where, memoryLimit, threads }
    return await landing.loading(() =>
      engine.load(
        order,
        parts.signal,
        (stage, detail) => {
          parts.log.info(stage, detail)
        },
        rows => {
          if (rows === 0) watch.stage('stage')
          watch.rows(rows)
        },
      ),
    )
  } finally {
    rmSync(workFolder, { recursive: true, force: true })
  }
}

/** Driver errors can hold whole rows; what leaves this module does not. */
function presentable(error: unknown): Error {
  if (isPassing(error)) return new PassingError(passingWords(error, 'during the run'))
  if (isServerError(error)) return refusal(error)
  // Objects of a store are copied there.
  const full = workFolderMessage(error)
  if (full !== undefined) return new CaseloadError(full, { cause: error })
  return error instanceof Error ? error : new Error(String(error))
}
