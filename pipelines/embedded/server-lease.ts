import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from '../platform/errors.ts'
import { backendOf, connect, type Session } from '../platform/postgres.ts'
import { isConnectionLost } from '../platform/server-error.ts'
import { readSql } from '../platform/sql.ts'
import { ensureServer, type StartOptions, stopServer } from './server.ts'

/** Keeps ephemeral commands from stopping the embedded server. */
export interface ServerLease {
  /** See {@link ensureServer}. */
  readonly url: string
  /** Marks a session as the command's own: it does not keep the server running. */
  readonly registerSession: (session: Session) => void
  /** Releases the lease. Stops an ephemeral server if this command is ephemeral and the last one that uses it. */
  readonly release: () => Promise<void>
}

/** How a command uses the embedded server. */
export interface LeaseOptions {
  /** The `.caseload` folder, see `caseloadHome`. */
  readonly home: string
  /** The server stops with the last command that uses it. */
  readonly ephemeral: boolean
  /** See {@link StartOptions}. */
  readonly mustExist?: StartOptions['mustExist']
  /** See {@link StartOptions}. */
  readonly onNewDatabase?: StartOptions['onNewDatabase']
}

const maxTries = 5
const pollMs = 50
/** A closed session needs a moment to end, and one whose client was killed up to a second. */
const graceMs = 2000

/**
 * Starts the embedded server if necessary, and takes a lease on it. The lease is a shared advisory lock of the server, so
 * it ends with this process, however that ends.
 *
 * @throws what {@link ensureServer} throws
 */
export async function acquireServerLease(options: LeaseOptions): Promise<ServerLease> {
  for (let tries = 1; ; tries++) {
    const { url } = await ensureServer(options)
    try {
      return leaseOver(await openLeaseSession(url), url, options)
    } catch (error) {
      // Another command may have stopped the server after ensureServer found it ready.
      if (tries === maxTries || !(error instanceof DatabaseError || isConnectionLost(error))) throw error
    }
  }
}

async function openLeaseSession(url: string): Promise<Session> {
  const session = await connect({ url, applicationName: 'caseload embedded' })
  try {
    await session.query(readSql('sql/statements/embedded/lease_acquire.sql'))
    return session
  } catch (error) {
    await session.end().catch(() => undefined)
    throw error
  }
}

function leaseOver(session: Session, url: string, { home, ephemeral }: LeaseOptions): ServerLease {
  const backends = new Set<number>()
  const end = async (): Promise<void> => {
    try {
      if (ephemeral && (await isLast(session, backends))) await stopServer({ home })
    } catch (error) {
      // A server that has ended already does not need to be stopped.
      if (!isConnectionLost(error)) throw error
    } finally {
      await session.end().catch(() => undefined)
    }
  }
  let releasing: Promise<void> | undefined
  return {
    url,
    registerSession: own => {
      const backend = backendOf(own)
      if (backend === undefined) return
      backends.add(backend)
      own.once('end', () => backends.delete(backend))
    },
    // A signal handler and the end of the command may both call it.
    release: () => (releasing ??= end()),
  }
}

async function isLast(session: Session, backends: ReadonlySet<number>): Promise<boolean> {
  const released = await session.query<{ is_last: boolean }>(readSql('sql/statements/embedded/lease_release.sql'))
  if (released.rows[0]?.is_last !== true) return false
  const since = Date.now()
  for (;;) {
    const found = await session.query<{ sessions: number }>(readSql('sql/statements/embedded/lease_count.sql'), [
      [...backends],
    ])
    if (found.rows[0]?.sessions === 0) return true
    if (Date.now() - since > graceMs) return false
    await sleep(pollMs)
  }
}
