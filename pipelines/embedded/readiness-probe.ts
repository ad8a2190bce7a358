import { connect } from '../platform/postgres.ts'
import { errorCode, isConnectionLost } from '../platform/server-error.ts'
import type { LiveState } from './postmaster.ts'

/** The socket URL for pg, psql and everything that uses libpq. The socket's file name contains the port, so the URL has it. */
export function socketUrl(state: LiveState): string {
  const host = encodeURIComponent(state.socketFolder).replaceAll('%2F', '/')
  return `postgresql:///caseload?host=${host}&port=${state.port}&user=caseload`
}

/** `unreachable`: nothing listens, or the connection broke off. */
type Readiness = 'ready' | 'recovering' | 'unreachable'

/**
 * Creates a probe that tells whether a server accepts sessions. Call it repeatedly.
 *
 * @param patienceMs how long the server may be unreachable without a break
 * @returns the probe; it throws DatabaseError when the server is unreachable for longer, and for any other failure
 */
export function readinessProbe(patienceMs: number): (url: string) => Promise<Readiness> {
  let unreachableSince: number | undefined
  return async url => {
    const readiness = await probe(url, unreachableSince === undefined || Date.now() - unreachableSince < patienceMs)
    unreachableSince = readiness === 'unreachable' ? (unreachableSince ?? Date.now()) : undefined
    return readiness
  }
}

/**
 * Opens a session once. postmaster.pid also says `ready` while the server recovers from the crash of a backend, and for a
 * moment after the server has ended. At the start of that recovery the server ends all its processes, including one that
 * has just accepted a connection: the client gets 57P01, 57P02 or no answer.
 *
 * @param isPatient false: an unreachable server is an error
 * @throws DatabaseError for any other failure
 */
async function probe(url: string, isPatient: boolean): Promise<Readiness> {
  try {
    const session = await connect({ url, applicationName: 'caseload' })
    await session.end()
    return 'ready'
  } catch (error) {
    const cause = error instanceof Error ? error.cause : error
    const code = errorCode(cause)
    if (code === '57P03') return 'recovering'
    if (isPatient && (code === 'ENOENT' || isConnectionLost(cause))) return 'unreachable'
    throw error
  }
}
