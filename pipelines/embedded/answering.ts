import { connect, errorCode } from '../postgres.ts'
import type { LiveState } from './postmaster.ts'

/** The address for pg, psql and all of libpq. The port names the socket too, so it is always part of it. */
export function socketUrl(state: LiveState): string {
  const host = encodeURIComponent(state.socketFolder).replaceAll('%2F', '/')
  return `postgresql:///caseload?host=${host}&port=${state.port}&user=caseload`
}

/**
 * Whether a session can be opened. postmaster.pid says `ready` also while the server recovers from the crash of one of
 * its backends, and a moment longer than the server lives.
 *
 * @param isPatient false: a server that does not listen is an error
 * @returns `yes`, `recovering`, or `deaf` if nothing listens
 * @throws DatabaseError for any other reason
 */
export async function answers(url: string, isPatient: boolean): Promise<'yes' | 'recovering' | 'deaf'> {
  try {
    const session = await connect({ url, applicationName: 'caseload' })
    await session.end()
    return 'yes'
  } catch (error) {
    const code = errorCode(error instanceof Error ? error.cause : error) ?? ''
    if (code === '57P03') return 'recovering'
    if (isPatient && ['ECONNREFUSED', 'ENOENT', 'ECONNRESET', 'EPIPE'].includes(code)) return 'deaf'
    throw error
  }
}
