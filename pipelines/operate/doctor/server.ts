import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'

/** What the server says of itself and of our session. */
export interface ServerFacts {
  readonly version_number: number
  readonly version: string
  /** True for a server that only follows another. */
  readonly standby: boolean
  readonly login: string
  /** The role that statements run as: the owner of Caseload's schemas, if the login may take it. */
  readonly role: string
  readonly database: string
  /** Null over a Unix socket. */
  readonly address: string | null
  /** Whether the session is encrypted. */
  readonly ssl: boolean
  readonly max_connections: number
  readonly max_prepared_transactions: number
  readonly max_locks_per_transaction: number
  readonly fsync: string
  readonly full_page_writes: string
  readonly synchronous_commit: string
  /** Null where the role may not see it. */
  readonly data_directory: string | null
  readonly time_zone: string
  /** Such as `UTF8`. */
  readonly encoding: string
  /** `on` where sessions of this login in this database may only read unless they ask otherwise. */
  readonly default_read_only: string
  readonly has_ledger: boolean
}

/** Asks the server for them, in one query. */
export async function serverFacts(session: Session): Promise<ServerFacts> {
  const found = await session.query<ServerFacts>(readSql('sql/statements/doctor/server.sql'))
  const [row] = found.rows
  if (row === undefined) throw new Error('a query of one row gave none')
  return row
}
