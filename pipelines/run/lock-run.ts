import { hostname } from 'node:os'
import { requireMaskSetting } from '../contract/mask/masked-database.ts'
import { readMask } from '../contract/mask/key.ts'
import { resumeRun, runStart, writeAttempts } from '../ledger/attempts.ts'
import { lockBatch } from '../ledger/batch-lock.ts'
import { endSessions } from '../ledger/end-sessions.ts'
import { recordFingerprint, registerSource, startRun } from '../ledger/ledger.ts'
import { publishedSince } from '../ledger/published-since.ts'
import { SupersededError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { type Batch, sessionName } from '../source/batch.ts'
import { changedRulesOf } from '../source/changed-rules.ts'
import { runFingerprint } from '../source/fingerprint/fingerprint.ts'
import type { Attempt } from './attempts.ts'
import type { RunParts } from './run-batch.ts'
import { removeLeftFolders } from './work-folder.ts'

/**
 * Takes the lock of the batch, cleans up after runs that died, and records the run in the ledger with its fingerprint; a
 * later attempt of the same run goes on with that record.
 *
 * @throws BatchLockedError or LockedError if another command holds the batch
 * @throws SupersededError if another command published or rolled back the batch meanwhile
 */
export async function lockRun(run: RunParts, { session, history }: Attempt): Promise<void> {
  const { batch, runId, source, signal } = run
  signal.throwIfAborted()
  if (history.failed.length > 0) await endSessions(session, [sessionName(batch, runId)])
  await lockBatch(session, batch, runId)
  await requireNotSuperseded(session, batch, run.skipIfPublishedSince)
  await requireMaskSetting(session, process.env)
  await removeLeftFolders(session, batch, run.workRoot)
  const publishes = history.purpose === 'publish'
  if (publishes) await registerSource(session, source)
  if (history.started) await resume(run, session, publishes)
  else {
    const from = { host: hostname(), processId: process.pid, codeVersion: run.codeVersion, externalId: run.externalId }
    await startRun(session, { runId, batch, ...from, compares: !publishes })
    history.started = true
  }
  await writeAttempts(session, runId, history.failed)
  await recordFingerprint(session, runId, runFingerprint(source, readMask(process.env)), changedRulesOf(source))
  if (publishes) await session.query('select caseload.prepare_run($1, $2)', [runId, source.transformer.tables])
}

/** Goes on with a run and removes what its last attempt left. Between two attempts the batch was not locked. */
async function resume({ batch, runId }: RunParts, session: Session, publishes: boolean): Promise<void> {
  if (publishes) await requireNotSuperseded(session, batch, await runStart(session, runId))
  await resumeRun(session, batch, runId)
  await session.query(readSql('sql/statements/run/forget_attempt.sql'), [runId])
}

/** @throws SupersededError if another command has published, rolled back, unpublished or dismissed the batch since this moment */
async function requireNotSuperseded(session: Session, batch: Batch, moment: string | undefined): Promise<void> {
  const what = moment === undefined ? undefined : await publishedSince(session, batch, moment)
  if (what === undefined) return
  throw new SupersededError(`${batch.source} ${batch.date}: ${what}.`)
}
