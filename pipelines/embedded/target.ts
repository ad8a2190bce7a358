import type { NewDatabase } from './server.ts'
import { requireReadableUrl, requireReadVariables } from '../platform/database-url.ts'
import { UsageError } from '../platform/errors.ts'
import { connect, connectionError, isConnectionLost, type Session } from '../platform/postgres.ts'
import { sessionStart } from '../platform/session-settings.ts'
import { readSql } from '../platform/sql.ts'

/** The database that a command works on. */
export interface Target {
  /** Undefined where the PG* environment says where it is. */
  readonly url: string | undefined
  /** Opens a session as the owner of what is there, so that leaves and their parents have one owner. */
  readonly openSession: (applicationName: string) => Promise<Session>
  /** Stops an embedded server that is to live no longer than the commands that use it, if this is the last of them. */
  close(): Promise<void>
}

/** How a command wants its target. */
export interface TargetOptions {
  /** Stop an embedded server that this command, or another such one, started; `CI=true` means the same. */
  readonly ephemeral: boolean
  /** Told of an embedded database that had to be made. */
  readonly onNewDatabase?: (made: NewDatabase) => void
}

type Environment = Readonly<Record<string, string | undefined>>

/** The variables of libpq that say where a database is. */
export const libpqNames = ['PGHOST', 'PGPORT', 'PGDATABASE'] as const

/**
 * Finds the target: DATABASE_URL, else the PG* environment, else the embedded server, which is started if need be.
 *
 * @param env the environment, usually process.env
 * @param cwd where the command was called
 * @throws UsageError for a URL or variables that cannot be read as they are meant
 */
export async function openTarget(env: Environment, cwd: string, options: TargetOptions): Promise<Target> {
  const url = env['DATABASE_URL']
  const given = url === '' ? undefined : url
  requireReadVariables(env, given)
  if (given !== undefined) requireReadableUrl(given)
  // A typing error in PGSSLMODE is one whichever server is found.
  sessionStart(given, env)
  if (url !== undefined && url !== '') {
    return target(url, () => Promise.resolve())
  }
  if (libpqNames.some(name => (env[name] ?? '') !== '')) return target(undefined, () => Promise.resolve())
  const { visitServer } = await import('./server-lease.ts')
  const { caseloadHome } = await import('./home.ts')
  const ephemeral = options.ephemeral || env['CI'] === 'true'
  const visit = await visitServer({ ...options, home: caseloadHome(env, cwd), ephemeral })
  const { url: embedded, ownSession, leave } = visit
  return {
    ...target(embedded, leave),
    openSession: async applicationName => {
      const session = await openAsOwner(embedded, applicationName)
      ownSession(session)
      return session
    },
  }
}

function target(url: string | undefined, close: () => Promise<void>): Target {
  return {
    url,
    openSession: async applicationName => openAsOwner(url, applicationName),
    close,
  }
}

/**
 * Opens a session on a target and takes the role that owns Caseload's schemas, where it is another one that the login
 * is a member of: ATTACH wants one owner for a leaf and its parent.
 *
 * @param url undefined for the PG* environment
 * @throws UsageError where a pooler drops the settings of the session
 * @throws DatabaseError when the server cannot be reached or refuses the login, TransientError where that passes by itself
 */
export async function openAsOwner(url: string | undefined, applicationName: string): Promise<Session> {
  const session = await connect({ url, applicationName })
  try {
    const begun = await session.query<{ arrived: boolean }>(readSql('sql/statements/embedded/begin_session.sql'))
    if (begun.rows[0]?.arrived !== true) {
      throw new UsageError(
        'Expected the server to take the settings of a session, found that they did not arrive: a pooler in front of it drops ' +
          "them. The lock of a batch is a session's, so connect to PostgreSQL itself.",
      )
    }
    return session
  } catch (error) {
    // Nobody else could end it, and an open session keeps the process up.
    await session.end().catch(() => undefined)
    // A server that begins to recover ends sessions that have just begun.
    throw isConnectionLost(error) ? connectionError(error) : error
  }
}

/** Does something on a session as the login itself, without the owner's role. */
export async function asLogin<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('set role none')
  const done = await work()
  await session.query(readSql('sql/statements/embedded/begin_session.sql'))
  return done
}
