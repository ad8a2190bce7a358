import { type Obstacle, readOnlyObstacle, wrongEncoding } from '../../ledger/ownership.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { error, type Finding, ok, warning } from './finding.ts'

/** The server's version and settings, and the session on it. */
export interface ServerFacts {
  readonly version_number: number
  readonly version: string
  /** True for a standby. */
  readonly standby: boolean
  readonly login: string
  /** The role that statements run as: the owner of Caseload's schemas, if the login may act as the owner. */
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
  /** Null if the role may not see it. */
  readonly data_directory: string | null
  readonly time_zone: string
  /** Such as `UTF8`. */
  readonly encoding: string
  /** `on` if sessions of this login in this database may only read by default. */
  readonly default_read_only: string
  readonly has_ledger: boolean
}

/** Reads the facts of a server in one query. */
export async function serverFacts(session: Session): Promise<ServerFacts> {
  const found = await session.query<ServerFacts>(readSql('sql/statements/doctor/server.sql'))
  const [row] = found.rows
  if (row === undefined) throw new Error('a query of one row gave none')
  return row
}

const oldestServer = 150_000

/** Whether the server is new enough and accepts writes. */
export function serverVersion({
  version,
  version_number,
  standby,
}: Pick<ServerFacts, 'version' | 'version_number' | 'standby'>): Finding {
  const check = 'postgres'
  if (version_number < oldestServer) {
    return error(check, `PostgreSQL ${version}; 15 is the oldest that works`, 'use PostgreSQL 15 or newer')
  }
  if (!standby) return ok(check, `PostgreSQL ${version}`)
  return error(
    check,
    `PostgreSQL ${version}, a standby: it accepts no writes`,
    'let DATABASE_URL (or PGHOST) name the primary',
  )
}

/** Whether published rows survive a crash of the server's machine. */
export function durability(server: Pick<ServerFacts, 'fsync' | 'full_page_writes' | 'synchronous_commit'>): Finding {
  const off = (['fsync', 'full_page_writes'] as const).filter(name => server[name] === 'off')
  if (off.length > 0) {
    const settings = off.map(name => `alter system set ${name} = on`).join('; ')
    return error(
      'durability',
      `${off.join(' and ')} off: a crash of the server's machine can destroy the database`,
      `${settings}; select pg_reload_conf()`,
    )
  }
  if (server.synchronous_commit === 'off') {
    return warning(
      'durability',
      'synchronous_commit off: a crash of the server can take back batches that were reported as published',
      'alter system set synchronous_commit = on; select pg_reload_conf()',
    )
  }
  return ok('durability', 'fsync, full_page_writes and synchronous_commit are on')
}

/**
 * Whether Caseload can use the database: it is in UTF8, accepts writes, and no other application uses schemas of Caseload's
 * names. In the words with which a run refuses the database.
 *
 * @param foreign objects of another application in schemas of Caseload's names
 */
export function database(
  {
    database: name,
    encoding,
    default_read_only,
    standby,
  }: Pick<ServerFacts, 'database' | 'encoding' | 'default_read_only' | 'standby'>,
  foreign: Obstacle | undefined,
): readonly Finding[] {
  // The finding `postgres` reports a standby.
  const readOnly = default_read_only === 'on' && !standby ? readOnlyObstacle(false) : undefined
  const obstacles = [wrongEncoding(encoding), readOnly, foreign].filter(one => one !== undefined)
  if (obstacles.length === 0) return [ok('database', `${name} is in ${encoding} and can be written`)]
  return obstacles.map(({ found, remedy }) => error('database', found, remedy))
}

/** The difference between two clocks, in milliseconds. */
export interface ClockOffset {
  /** Above 0 if the server's clock is ahead. */
  readonly offset: number
  /** Half the time that the query took, which is the precision of the offset. */
  readonly uncertainty: number
}

const maxOffset = 5000

/** Compares the server's clock with that of this machine. @param now this machine's time in milliseconds */
export async function clockOffset(session: Session, now: () => number): Promise<ClockOffset> {
  const before = now()
  const found = await session.query<{ ms: number }>('select extract(epoch from clock_timestamp())::float8 * 1000 as ms')
  const after = now()
  return { offset: (found.rows[0]?.ms ?? before) - (before + after) / 2, uncertainty: (after - before) / 2 }
}

/** Whether the server and this machine agree on the time: the ledger has the server's times, the log those of this machine. */
export function clock({ offset, uncertainty }: ClockOffset): Finding {
  const seconds = (Math.abs(offset) / 1000).toFixed(1)
  if (Math.abs(offset) - uncertainty <= maxOffset) {
    return ok('clock', `the clocks of the server and of this machine differ by ${seconds} s`)
  }
  return warning(
    'clock',
    `the server's clock is ${seconds} s ${offset > 0 ? 'ahead of' : 'behind'} that of this machine`,
    'let NTP set both clocks: timedatectl set-ntp true',
  )
}
