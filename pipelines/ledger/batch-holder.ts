import type { Batch } from '../source/batch.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/** The session that holds the lock of a batch. */
export interface BatchHolder {
  /** In words: the run, or the command by the name of its session. */
  readonly who: string
  /** True if it is a run that will publish the batch, and not a command that leaves it as it is, or puts another version back. */
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
 * Says who holds the lock of a batch: by the session that does, since a run that died may say in the ledger that it is
 * running.
 *
 * @returns undefined if nobody does any more
 */
export async function batchHolder(session: Session, { source, date }: Batch): Promise<BatchHolder | undefined> {
  const found = await session.query<HolderRow>(readSql('sql/statements/ledger/batch_holder.sql'), [source, date])
  const [row] = found.rows
  if (row === undefined) return undefined
  if (row.run_id !== null) {
    const who = `run ${row.run_id} (process ${row.process_id} on ${row.host}, since ${row.started_at})`
    return { who, loads: row.compares !== true }
  }
  // A run takes the lock a moment before it writes itself down.
  const loads = row.application_name.startsWith(`caseload ${source} ${date} `)
  return { who: loads ? 'a run that has just started' : `a session named ${row.application_name}`, loads }
}
