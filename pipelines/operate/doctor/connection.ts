import { type Environment, nonEmpty } from '../../platform/environment.ts'
import type { Session } from '../../platform/postgres.ts'
import { isLocal } from '../../platform/tls.ts'
import { error, type Finding, ok, warning } from './finding.ts'
import type { ServerFacts } from './server.ts'

/** Where the connection's address came from. */
export type FoundBy = 'DATABASE_URL' | 'database of the project' | 'PGHOST and its family' | 'embedded'

/** The finding for an open session. It names the server as the driver understood the address, never the password. */
export function connected(
  foundBy: FoundBy,
  { host, port }: Pick<Session, 'host' | 'port'>,
  { login, role, database }: Pick<ServerFacts, 'login' | 'role' | 'database'>,
): Finding {
  const as = login === role ? login : `${login}, acting as ${role}`
  return ok('connection', `database ${database} at ${place(host, port)} as ${as} (${foundBy})`)
}

/**
 * The finding for a session that could not be opened.
 *
 * @param reason the message of the error, without secrets: the problem in its first sentence, then the remedy
 */
export function notConnected(foundBy: FoundBy, env: Environment, reason: string): Finding {
  const [found = '', ...advice] = reason.split(/(?<=\.) /)
  const where = addressOf(foundBy, env)
  return error(
    'connection',
    `${found.replace(/\.$/, '')} (${foundBy}${where === undefined ? '' : `: ${where}`})`,
    advice.join(' ') || 'look the message up in docs/troubleshooting.md',
  )
}

/** Host and port only: the rest of a URL may hold a password. */
function addressOf(foundBy: FoundBy, env: Environment): string | undefined {
  if (foundBy === 'PGHOST and its family') {
    return place(nonEmpty(env['PGHOST']) ?? 'localhost', Number(nonEmpty(env['PGPORT']) ?? 5432))
  }
  const text = env['DATABASE_URL'] ?? ''
  if (foundBy === 'embedded' || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname)
  return place(host === '' ? 'localhost' : host, Number(nonEmpty(url.port) ?? url.searchParams.get('port') ?? 5432))
}

/** Whether rows cross a network in the clear. */
export function encryption({ host }: Pick<Session, 'host'>, { ssl }: Pick<ServerFacts, 'ssl'>): Finding {
  if (ssl) return ok('encryption', 'the session is encrypted')
  if (isLocal(host)) return ok('encryption', 'the session does not leave this machine')
  return warning(
    'encryption',
    `rows cross the network to ${host} unencrypted`,
    'switch on ssl at the server and add ?sslmode=verify-full to DATABASE_URL (or PGSSLMODE=verify-full)',
  )
}

function place(host: string, port: number): string {
  return host.startsWith('/') ? `socket ${host}` : `${host}:${port}`
}
