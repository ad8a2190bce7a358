import { setTimeout as sleep } from 'node:timers/promises'
import { DatabaseError } from '../platform/errors.ts'
import { backendOf, connect, isConnectionLost, type Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { ensureServer, type StartOptions, stopServer } from './server.ts'

/** A command's stay at an embedded server. */
export interface Visit {
  /** See {@link ensureServer}. */
  readonly url: string
  /** Says that a session is the command's own, and no reason to leave the server alone. */
  readonly ownSession: (session: Session) => void
  /** Ends the stay, and stops the server where an ephemeral command is the last to leave one that such a command started. */
  readonly leave: () => Promise<void>
}

/** How a command wants to use the embedded server. */
export interface VisitOptions {
  /** The `.caseload` folder, see `caseloadHome`. */
  readonly home: string
  /** The server is to live no longer than the commands that use it. */
  readonly ephemeral: boolean
  /** See {@link StartOptions}. */
  readonly onNewDatabase?: StartOptions['onNewDatabase']
}

const mostTries = 5
const pollMs = 50
/** A session that ends needs a moment, and one whose client was killed up to a second. */
const graceMs = 2000

/**
 * Starts the embedded server if need be, and keeps ephemeral commands from stopping it until the command leaves: with a
 * lock of the server's own, which is gone with the process however that ends.
 *
 * @throws what {@link ensureServer} does
 */
export async function visitServer(options: VisitOptions): Promise<Visit> {
  for (let tries = 1; ; tries++) {
    const { url } = await ensureServer(options)
    try {
      const session = await arrive(url)
      return visitOver(session, url, options)
    } catch (error) {
      // Whoever was the last may have stopped it between the two.
      if (tries === mostTries || !(error instanceof DatabaseError || isConnectionLost(error))) throw error
    }
  }
}

async function arrive(url: string): Promise<Session> {
  const session = await connect({ url, applicationName: 'caseload embedded' })
  try {
    await session.query(readSql('sql/statements/embedded/lease_acquire.sql'))
    return session
  } catch (error) {
    await session.end().catch(() => undefined)
    throw error
  }
}

function visitOver(session: Session, url: string, { home, ephemeral }: VisitOptions): Visit {
  const backends = new Set<number>()
  const end = async (): Promise<void> => {
    try {
      if (ephemeral && (await isLast(session, backends))) await stopServer({ home })
    } catch (error) {
      // A server that is gone already needs nobody to stop it.
      if (!isConnectionLost(error)) throw error
    } finally {
      await session.end().catch(() => undefined)
    }
  }
  let leaving: Promise<void> | undefined
  return {
    url,
    ownSession: own => {
      const backend = backendOf(own)
      if (backend === undefined) return
      backends.add(backend)
      own.once('end', () => backends.delete(backend))
    },
    // A signal and the end of the work may both ask for it.
    leave: () => (leaving ??= end()),
  }
}

async function isLast(session: Session, backends: ReadonlySet<number>): Promise<boolean> {
  const left = await session.query<{ is_last: boolean }>(readSql('sql/statements/embedded/lease_release.sql'))
  if (left.rows[0]?.is_last !== true) return false
  const since = Date.now()
  for (;;) {
    const found = await session.query<{ others: number }>(readSql('sql/statements/embedded/lease_count.sql'), [[...backends]])
    if (found.rows[0]?.others === 0) return true
    if (Date.now() - since > graceMs) return false
    await sleep(pollMs)
  }
}
