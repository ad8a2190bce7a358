import type { NewDatabase, StartOptions } from './server.ts'
import { namedDatabase } from '../platform/database-url.ts'
import type { Environment } from '../platform/environment.ts'
import { UsageError } from '../platform/errors.ts'
import { connect, connectionError, type Session } from '../platform/postgres.ts'
import { isConnectionLost } from '../platform/server-error.ts'
import { sessionStart } from '../platform/session-settings.ts'
import { readSql } from '../platform/sql.ts'

/** The database that a command works on. */
export interface Target {
  /** Undefined if the PG* environment variables name the database. */
  readonly url: string | undefined
  /** Opens a session as the owner of Caseload's schemas, so that leaves and their parents have one owner. */
  readonly openSession: (applicationName: string) => Promise<Session>
  /** Stops an ephemeral embedded server if this command is the last one that uses it. */
  close(): Promise<void>
}

/** How to open a target. */
export interface TargetOptions {
  /** Stops an embedded server that this or another ephemeral command started; `CI=true` means the same. */
  readonly ephemeral: boolean
  /** See {@link StartOptions}. */
  readonly mustExist?: StartOptions['mustExist']
  /** Called after an embedded database was created. */
  readonly onNewDatabase?: (made: NewDatabase) => void
}

/**
 * Opens the target: DATABASE_URL, else the PG* environment, else the embedded server, which it starts if necessary.
 *
 * @param env usually process.env
 * @param cwd the working directory of the command
 * @throws UsageError for a URL or variables that are wrong or ambiguous
 */
export async function openTarget(env: Environment, cwd: string, options: TargetOptions): Promise<Target> {
  const named = namedDatabase(env)
  // Reports a typing error in PGSSLMODE even if the target is the embedded server.
  sessionStart(named?.url, env)
  if (named !== undefined) return target(named.url, () => Promise.resolve())
  const { acquireServerLease } = await import('./server-lease.ts')
  const { caseloadHome } = await import('./home.ts')
  const ephemeral = options.ephemeral || env['CI'] === 'true'
  const lease = await acquireServerLease({ ...options, home: caseloadHome(env, cwd), ephemeral })
  return {
    ...target(lease.url, lease.release),
    openSession: async applicationName => {
      const session = await openAsOwner(lease.url, applicationName)
      lease.registerSession(session)
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
 * Opens a session on a target and sets the role that owns Caseload's schemas, if the login is a member of it: ATTACH needs
 * one owner for a leaf and its parent.
 *
 * @param url undefined for the PG* environment
 * @throws UsageError if a pooler drops the settings of the session
 * @throws DatabaseError when the server cannot be reached or refuses the login; TransientError if the cause is transient
 */
export async function openAsOwner(url: string | undefined, applicationName: string): Promise<Session> {
  const session = await connect({ url, applicationName })
  try {
    const begun = await session.query<{ arrived: boolean }>(readSql('sql/statements/embedded/begin_session.sql'))
    if (begun.rows[0]?.arrived !== true) {
      throw new UsageError(
        'Expected the server to apply the settings of a session, found that it did not: a pooler in front of it drops ' +
          'them. A session holds the lock of a batch, so connect to PostgreSQL itself.',
      )
    }
    return session
  } catch (error) {
    // The caller does not get the session, and an open one would keep the process alive.
    await session.end().catch(() => undefined)
    // A server that starts a recovery ends new sessions.
    throw isConnectionLost(error) ? connectionError(error) : error
  }
}

/** Runs some work on a session as the login itself, without the owner's role. */
export async function asLogin<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('set role none')
  const done = await work()
  await session.query(readSql('sql/statements/embedded/begin_session.sql'))
  return done
}
