import { type Batch, sessionName } from '../source/batch.ts'
import { BatchLockedError, LockedError } from '../platform/errors.ts'
import { batchHolder } from './batch-holder.ts'
import { endSessions } from './end-sessions.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/**
 * Takes the lock of a batch, which the session holds until it ends, and cleans up after runs that died.
 *
 * @param runId a run that goes on, so that it is not taken for a dead one
 * @throws BatchLockedError naming the run that holds the batch, LockedError naming another command that does: it will not load it
 */
export async function lockBatch(session: Session, batch: Batch, runId: string): Promise<void> {
  const key = [batch.source, batch.date]
  const got = await session.query<{ got: boolean }>(
    'select pg_try_advisory_lock(caseload.batch_key($1, $2)) as got',
    key,
  )
  if (got.rows[0]?.got !== true) {
    const holder = await batchHolder(session, batch)
    const words = `${batch.source} ${batch.date} is locked by ${holder?.who ?? 'a session that is just done'}. Try again when it is done.`
    throw holder?.loads === false ? new LockedError(words) : new BatchLockedError(words)
  }
  const dead = await session.query<{ run_id: string }>(readSql('sql/statements/ledger/running_runs.sql'), key)
  await endSessions(
    session,
    dead.rows.map(run => sessionName(batch, run.run_id)),
  )
  await session.query('select caseload.abort_dead_runs($1, $2, $3)', [...key, runId])
}
