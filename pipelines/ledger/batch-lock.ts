import { type Batch, sessionName } from '../source/batch.ts'
import { BatchLockedError, LockedError } from '../platform/errors.ts'
import { batchHolder } from './batch-holder.ts'
import { endSessions } from './end-sessions.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/**
 * Takes the lock of a batch, which the session holds until it ends, and declares earlier runs of the batch that still say
 * `running` dead: it ends their sessions and drops what they staged.
 *
 * @param runId the caller's own run, which may be in the ledger already
 * @throws BatchLockedError naming the run that holds the lock; LockedError naming another command, which will not load the batch
 */
export async function lockBatch(session: Session, batch: Batch, runId: string): Promise<void> {
  const key = [batch.source, batch.date]
  const got = await session.query<{ got: boolean }>(
    'select pg_try_advisory_lock(caseload.batch_key($1, $2)) as got',
    key,
  )
  if (got.rows[0]?.got !== true) {
    const holder = await batchHolder(session, batch)
    const words = `${batch.source} ${batch.date} is locked by ${holder?.who ?? 'a session that has just ended'}. Try again when it is done.`
    throw holder?.loads === false ? new LockedError(words) : new BatchLockedError(words)
  }
  const dead = await session.query<{ run_id: string }>(readSql('sql/statements/ledger/running_runs.sql'), key)
  await endSessions(
    session,
    dead.rows.map(run => sessionName(batch, run.run_id)),
  )
  await session.query('select caseload.abort_dead_runs($1, $2, $3)', [...key, runId])
}

/** Gives the lock of a batch back, for a session that goes on to another batch. */
export async function unlockBatch(session: Session, { source, date }: Batch): Promise<void> {
  await session.query('select pg_advisory_unlock(caseload.batch_key($1, $2))', [source, date])
}

/** The SQLSTATE of a run that another session has declared dead. */
export const runNotRunning = 'CL001'

/** @throws LockedError if another run of the batch, which then held its lock, declared this one dead */
export function requireAlive(isAlive: boolean, { source, date }: Batch): void {
  if (!isAlive) throw new LockedError(`This run was declared dead by another run of ${source} ${date}.`)
}
