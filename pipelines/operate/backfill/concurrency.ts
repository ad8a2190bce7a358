import { availableParallelism } from 'node:os'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'

/** The maximum number of sessions of one running batch: four tables at once, the quarantine, the lock, the ledger. */
const sessionsPerBatch = 7

/** The sessions of a server. */
export interface ServerSessions {
  /** max_connections minus the connections reserved for superusers and administrators. */
  readonly most: number
  /** In use now, including those of this command. */
  readonly used: number
}

/**
 * How many batches to run at once.
 *
 * @param asked the number of the command line; undefined: one per core
 * @returns at least 1, and never more than the server has sessions for
 */
export function batchesAtOnce(
  asked: number | undefined,
  sessions: ServerSessions,
  cores = availableParallelism(),
): number {
  const room = Math.floor((sessions.most - sessions.used) / sessionsPerBatch)
  return Math.max(1, Math.min(asked ?? cores, room))
}

/** Reads the sessions of a server. */
export async function serverSessions(session: Session): Promise<ServerSessions> {
  const found = await session.query<ServerSessions>(readSql('sql/statements/backfill/server_sessions.sql'))
  const [row] = found.rows
  if (row === undefined) throw new Error('the server gave no row for its settings')
  return row
}
