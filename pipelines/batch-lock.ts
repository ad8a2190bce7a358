import type { Batch } from './batch.ts'
import { HeldError } from './errors.ts'
import { type Ledger, runningRun } from './ledger/ledger.ts'
import type { Session } from './postgres.ts'

/**
 * Takes the lock of a batch, which the session holds until it ends, and cleans up after runs that died.
 *
 * @param runId a run that goes on, so that it is not taken for a dead one
 * @throws HeldError naming the run that holds the batch
 */
export async function lockBatch(session: Session, ledger: Ledger, batch: Batch, runId: string): Promise<void> {
  const key = [batch.source, batch.date]
  const got = await session.query<{ got: boolean }>(
    'select pg_try_advisory_lock(caseload.batch_key($1, $2)) as got',
    key,
  )
  if (got.rows[0]?.got !== true) {
    const holder = await runningRun(ledger, batch)
    const who =
      holder === undefined
        ? 'another run that has just started, or by caseload compact'
        : `run ${holder.run_id} (process ${holder.process_id} on ${holder.host}, since ${holder.started_at})`
    throw new HeldError(`${batch.source} ${batch.date} is held by ${who}. Try again when it is done.`)
  }
  await session.query('select caseload.abort_dead_runs($1, $2, $3)', [...key, runId])
}
