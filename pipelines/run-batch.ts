import { rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { audit } from './audit.ts'
import type { BadRowLimit } from './bad-rows.ts'
import type { Batch } from './batch.ts'
import { type BatchLanding, batchLanding } from './batch-landing.ts'
import { loadChecks } from './checks/batch-checks.ts'
import type { CheckResult } from './checks/check-result.ts'
import { type EngineProcess, startEngine } from './engine/engine-process.ts'
import { AbortedError, CaseloadError, DatabaseError, exitCodes, LockedError, TimeoutError } from './errors.ts'
import {
  endRun,
  type Ledger,
  ledgerOver,
  recordFiles,
  registerSource,
  runningRun,
  runStatus,
  startRun,
} from './ledger/ledger.ts'
import { renewStatistics } from './ledger/statistics.ts'
import type { RunStatus } from './ledger/tables.ts'
import type { Log } from './log.ts'
import { describeServerError, isConnectionLost, isServerError, type Session } from './postgres.ts'
import { publish } from './publish.ts'
import type { Source } from './sources.ts'
import type { LoadedBatch } from './transformer.ts'
import type { Watcher } from './watch.ts'
import { makeWorkFolder, removeLeftFolders } from './work-folder.ts'

/** Everything a run works with. */
export interface RunParts {
  readonly batch: Batch
  /** UUID of this run. */
  readonly runId: string
  readonly source: Source
  /** Landing root: absolute, or `s3://bucket/prefix`. */
  readonly landing: string
  readonly sourceFolders: readonly string[]
  /** Opens a session on the migrated target. */
  readonly openSession: (applicationName: string) => Promise<Session>
  readonly databaseUrl: string | undefined
  /** Folder on a disk, below which a private work folder is made and removed. */
  readonly workRoot: string
  readonly memoryLimit: string
  readonly threads: number
  readonly badRows: BadRowLimit
  readonly codeVersion: string
  readonly log: Log
  /** Told how far the run is. */
  readonly watch: Watcher
  /** Aborted by a signal, with an AbortedError as reason. */
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

/** Published versions that are kept, detached, for a rollback. */
const keptVersions = 1

/**
 * Replaces one batch: locks it, loads and stages it in a process of its own, audits the counts and publishes all its
 * tables at once. Whatever goes wrong, readers keep what they had and the ledger says what happened.
 *
 * @throws LockedError if another run holds the batch
 * @throws CaseloadError of the kind that fits, or the bug that it is
 */
export async function runBatch(parts: RunParts): Promise<RunResult> {
  const engine = startEngine(parts.signal)
  try {
    return await replaceBatch(parts, engine)
  } catch (error) {
    throw presentable(error)
  } finally {
    engine.stop()
  }
}

async function replaceBatch(parts: RunParts, engine: EngineProcess): Promise<RunResult> {
  const { runId } = parts
  const session = await parts.openSession(`caseload ${parts.batch.source} ${parts.batch.date} ${runId.slice(0, 8)}`)
  const ledger = ledgerOver(session)
  try {
    await lockBatch(session, ledger, parts.batch)
    await removeLeftFolders(session, parts.batch, parts.workRoot)
    const { batch, codeVersion } = parts
    await registerSource(ledger, parts.source)
    await startRun(ledger, { runId, batch, codeVersion, host: hostname(), processId: process.pid })
    try {
      for (const table of parts.source.transformer.tables) {
        await session.query('select caseload.ensure_source_parent($1, $2)', [table, batch.source])
      }
      const rules = loadChecks(parts.source, parts.sourceFolders)
      const landing = await landingOf(parts)
      const loaded = await load(parts, landing, engine)
      await recordFiles(ledger, runId, loaded.files)
      const { empty } = parts.source.transformer
      const checks = await audit(session, loaded, { ...parts, empty, checks: rules })
      await landing.requireUnchanged(loaded.files)
      parts.signal.throwIfAborted()
      parts.log.info('publish', `${loaded.tables.length} tables`)
      const publishTries = await publish(session, batch, runId, () => isPublished(parts, runId), parts.signal)
      await tidy(parts, session)
      return { ...loaded, runId, batch, checks, publishTries }
    } catch (error) {
      const failure = presentable(error)
      await recordFailure(parts, runId, failure)
      throw failure
    }
  } finally {
    await session.end().catch(() => undefined)
  }
}

async function lockBatch(session: Session, ledger: Ledger, batch: Batch): Promise<void> {
  const key = [batch.source, batch.date]
  const got = await session.query<{ got: boolean }>(
    'select pg_try_advisory_lock(caseload.batch_key($1, $2)) as got',
    key,
  )
  if (got.rows[0]?.got !== true) {
    const holder = await runningRun(ledger, batch)
    const who =
      holder === undefined
        ? 'another run that has just started'
        : `run ${holder.run_id} (process ${holder.process_id} on ${holder.host}, since ${holder.started_at})`
    throw new LockedError(`${batch.source} ${batch.date} is held by ${who}. Try again when it is done.`)
  }
  await session.query('select caseload.abort_dead_runs($1, $2)', key)
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
  const { batch, runId, sourceFolders, databaseUrl, memoryLimit, threads } = parts
  const workFolder = makeWorkFolder(parts.workRoot, runId)
  try {
    const { root, isCopy } = await landing.fetch(workFolder)
    const order = { batch, runId, landing: root, isCopy, sourceFolders, databaseUrl, workFolder, memoryLimit, threads }
    return await landing.loading(() =>
      engine.load(order, (stage, detail) => {
        parts.log.info(stage, detail)
      }),
    )
  } finally {
    rmSync(workFolder, { recursive: true, force: true })
  }
}

/**
 * The connection was lost at the commit: only the ledger, asked over a new one, knows. To declare the run failed waits
 * for a publish that is still under way on the server and forbids one that has not begun, so the answer is final.
 */
async function isPublished(parts: RunParts, runId: string): Promise<boolean> {
  return withSession(parts, async session => {
    const ledger = ledgerOver(session)
    await endRun(ledger, runId, 'failed', { errorClass: 'DatabaseError', message: 'connection lost while publishing' })
    return (await runStatus(ledger, runId)) === 'published'
  })
}

/** What may fail once a batch is published: the next run does it then. */
async function tidy(parts: RunParts, session: Session): Promise<void> {
  const { source, date } = parts.batch
  try {
    await session.query('select caseload.drop_kept_versions($1, $2, $3)', [source, date, keptVersions])
    await session.query('select caseload.drop_rejects($1, $2)', [source, date])
    await renewStatistics(session, source)
  } catch (error) {
    parts.log.warn('publish', `published, but not tidied up: ${describeServerError(error)}`)
  }
}

/** Over a session of its own: the run's may be the one that broke. */
async function recordFailure(parts: RunParts, runId: string, error: Error): Promise<void> {
  const status = statusOf(error)
  const message = error instanceof CaseloadError ? error.message : 'a bug; the stack is in the log'
  try {
    await withSession(parts, async session => {
      await endRun(ledgerOver(session), runId, status, { errorClass: error.name, message })
      await session.query('select caseload.drop_leaves($1)', [runId])
      await session.query('select caseload.drop_rejects($1, $2)', [parts.batch.source, parts.batch.date])
    })
  } catch {
    parts.log.warn('ledger', `run ${runId} ended as ${status}, but the ledger could not be told; the next run will`)
  }
}

async function withSession<T>(parts: RunParts, work: (session: Session) => Promise<T>): Promise<T> {
  const session = await parts.openSession('caseload ledger')
  try {
    return await work(session)
  } finally {
    await session.end()
  }
}

function statusOf(error: Error): RunStatus {
  if (error instanceof AbortedError || error instanceof TimeoutError) return 'aborted'
  if (!(error instanceof CaseloadError)) return 'failed'
  if (error.exitCode === exitCodes.refused) return 'refused'
  return error.exitCode === exitCodes.missing ? 'missing' : 'failed'
}

/** Driver errors can hold whole rows; what leaves this module does not. */
function presentable(error: unknown): Error {
  if (isServerError(error)) return new DatabaseError(`The database refused: ${describeServerError(error)}.`)
  if (isConnectionLost(error))
    return new DatabaseError('The connection to the database was lost; nothing was published.')
  return error instanceof Error ? error : new Error(String(error))
}
