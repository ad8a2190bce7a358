import type { Environment } from './environment.ts'
import { UsageError } from './errors.ts'
import { type TlsPlan, tlsParameters, tlsPlan } from './tls.ts'

/**
 * The settings of every session: UTC and ISO, whatever the server's defaults. With client_connection_check_interval a server
 * notices a lost client within a second (0.7 s against 20.7 s).
 */
const ownSettings: Readonly<Record<string, string>> = {
  timezone: 'UTC',
  datestyle: 'ISO',
  client_min_messages: 'warning',
  client_connection_check_interval: '1000',
  // Caseload's statements name their schemas, so objects that other roles create are never found. See user-path.ts.
  search_path: 'pg_catalog,pg_temp',
  // PG 15 compiled 989 functions for one view over 60 leaves, which took longer than the query.
  jit: 'off',
  // Citus works on the shards of a leaf one after the other: in parallel, a leaf with a name over 55 bytes locked itself out.
  'citus.multi_shard_modify_mode': 'sequential',
}

/** The connection string, the start options and the TLS plan of a session. */
export interface SessionStart {
  readonly connectionString: string | undefined
  readonly options: string
  readonly tls: TlsPlan
  /** How long to wait for the server, in milliseconds. */
  readonly patienceMs: number
}

/** Parameters of the URL that reach the driver in another way. */
const taken: readonly string[] = ['options', 'application_name', ...tlsParameters]

/**
 * Plans how a session starts: with the user's options (`?options=` of the URL, or PGOPTIONS), then Caseload's, which win. In
 * the driver an `options` or `application_name` of the URL replaces the configured one, which would drop Caseload's settings
 * and the name by which a run finds its sessions.
 *
 * @param url undefined for the PG* environment
 * @throws UsageError for TLS settings that libpq would refuse
 */
export function sessionStart(url: string | undefined, env: Environment): SessionStart {
  const [place, ...rest] = url?.split('?') ?? []
  const query = new URLSearchParams(rest.join('?'))
  const userOptions = query.get('options') ?? env['PGOPTIONS'] ?? ''
  const options = [userOptions, ...Object.entries(ownSettings).map(([name, value]) => `-c ${name}=${value}`)]
    .join(' ')
    .trim()
  const tls = tlsPlan(query, env, hostOf(place, query, env))
  const patienceMs = patience(query.get('connect_timeout') ?? env['PGCONNECT_TIMEOUT'] ?? '')
  if (!taken.some(name => query.has(name))) return { connectionString: url, options, tls, patienceMs }
  for (const name of taken) query.delete(name)
  return {
    connectionString: [place, ...(query.size === 0 ? [] : [query.toString()])].join('?'),
    options,
    tls,
    patienceMs,
  }
}

/** As libpq: seconds, at least 2; without a value, 15. A value of 0 would wait for ever. */
function patience(seconds: string): number {
  if (seconds === '') return 15_000
  if (!/^\d{1,6}$/.test(seconds)) {
    throw new UsageError('connect_timeout (PGCONNECT_TIMEOUT) is not a time: expected whole seconds.')
  }
  return Number(seconds) === 0 ? 15_000 : Math.max(2, Number(seconds)) * 1000
}

/** The host that the driver uses. */
function hostOf(place: string | undefined, query: URLSearchParams, env: Environment): string {
  if (place?.startsWith('socket:') === true) return '/'
  const named = /^[a-z]+:\/\/(?:[^/]*@)?(\[[^\]]*\]|[^/:]*)/.exec(place ?? '')?.[1] ?? ''
  const candidates = [query.get('host') ?? '', named.replace(/%2f/gi, '/'), env['PGHOST'] ?? '']
  return candidates.find(host => host !== '') ?? 'localhost'
}
