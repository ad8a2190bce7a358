import { connect, errorCode, isConnectionLost } from '../platform/postgres.ts'
import type { LiveState } from './postmaster.ts'

/** The address for pg, psql and all of libpq. The port names the socket too, so it is always part of it. */
export function socketUrl(state: LiveState): string {
  const host = encodeURIComponent(state.socketFolder).replaceAll('%2F', '/')
  return `postgresql:///caseload?host=${host}&port=${state.port}&user=caseload`
}

/** See {@link asker}. */
type Answer = 'yes' | 'recovering' | 'deaf'

/**
 * Gives a function that asks a server whether a session can be opened, to be called again and again. `deaf` is a server that
 * does not listen, or breaks off.
 *
 * @param patienceMs a server that was deaf all the time for longer is an error
 * @returns throws DatabaseError then, and for any other reason
 */
export function asker(patienceMs: number): (url: string) => Promise<Answer> {
  let deafSince: number | undefined
  return async url => {
    const answer = await answers(url, deafSince === undefined || Date.now() - deafSince < patienceMs)
    deafSince = answer === 'deaf' ? (deafSince ?? Date.now()) : undefined
    return answer
  }
}

/**
 * Whether a session can be opened. postmaster.pid says `ready` also while the server recovers from the crash of one of
 * its backends, and a moment longer than the server lives. At the start of that recovery it ends all its processes, one
 * that has just begun to answer among them: its caller is told 57P01 or 57P02, or nothing at all.
 *
 * @param isPatient false: a server that does not listen, or breaks off, is an error
 * @returns `yes`, `recovering`, or `deaf` if nothing listens or the connection was broken off
 * @throws DatabaseError for any other reason
 */
async function answers(url: string, isPatient: boolean): Promise<Answer> {
  try {
    const session = await connect({ url, applicationName: 'caseload' })
    await session.end()
    return 'yes'
  } catch (error) {
    const cause = error instanceof Error ? error.cause : error
    const code = errorCode(cause)
    if (code === '57P03') return 'recovering'
    if (isPatient && (code === 'ENOENT' || isConnectionLost(cause))) return 'deaf'
    throw error
  }
}
