import { availableParallelism } from 'node:os'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'

/** Sessions that one running batch may hold: four tables at once, the quarantine, the lock, the ledger. */
const sessionsPerBatch = 7

/** How many sessions a server has to give. */
export interface ServerSessions {
  /** max_connections without those reserved for superusers and administrators. */
  readonly most: number
  /** In use now, ours among them. */
  readonly used: number
}

/**
 * How many batches to run at once.
 *
 * @param asked what the command line says, undefined for as many as there are cores
 * @returns at least 1; never more than the server has sessions for, whatever was asked
 */
export function batchesAtOnce(
  asked: number | undefined,
  sessions: ServerSessions,
  cores = availableParallelism(),
): number {
  const room = Math.floor((sessions.most - sessions.used) / sessionsPerBatch)
  return Math.max(1, Math.min(asked ?? cores, room))
}

/** Asks a server how many sessions it has to give. */
export async function serverSessions(session: Session): Promise<ServerSessions> {
  const found = await session.query<ServerSessions>(readSql('sql/statements/backfill/server_sessions.sql'))
  const [row] = found.rows
  if (row === undefined) throw new Error('the server gave no row for its settings')
  return row
}
