import type { Batch } from '../source/batch.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/** The session that holds the lock of a batch. */
export interface BatchHolder {
  /** For a message: the run, or the name of the session. */
  readonly who: string
  /** True for a run that will publish the batch; false for a plan, a rollback and other commands. */
  readonly loads: boolean
}

interface HolderRow {
  readonly application_name: string
  readonly run_id: string | null
  readonly started_at: string | null
  readonly host: string | null
  readonly process_id: number | null
  readonly compares: boolean | null
}

/**
 * Finds the session that holds the lock of a batch. It asks for the lock and not for the ledger's status, because a run that died
 * may still be `running` there.
 *
 * @returns undefined if the batch is no longer locked
 */
export async function batchHolder(session: Session, { source, date }: Batch): Promise<BatchHolder | undefined> {
  const found = await session.query<HolderRow>(readSql('sql/statements/ledger/batch_holder.sql'), [source, date])
  const [row] = found.rows
  if (row === undefined) return undefined
  if (row.run_id !== null) {
    const who = `run ${row.run_id} (process ${row.process_id} on ${row.host}, since ${row.started_at})`
    return { who, loads: row.compares !== true }
  }
  // A run takes the lock a moment before it records itself.
  const loads = row.application_name.startsWith(`caseload ${source} ${date} `)
  return { who: loads ? 'a run that has just started' : `a session named ${row.application_name}`, loads }
}
