import { type TlsPlan, tlsParameters, tlsPlan } from './tls.ts'

/**
 * What every session asks for: UTC and ISO, whatever the server's defaults; a server that lost its client notices within a
 * second (0.7 s against 20.7 s).
 */
const ours: Readonly<Record<string, string>> = {
  timezone: 'UTC',
  datestyle: 'ISO',
  client_min_messages: 'warning',
  client_connection_check_interval: '1000',
  // What others put into a schema that they may create in is never found: our statements name their schemas. See user-path.ts.
  search_path: 'pg_catalog,pg_temp',
  // PG 15 compiled 989 functions for one view over 60 leaves, and took longer to do so than to answer.
  jit: 'off',
}

/** A connection string, the options of the session's start, and how it is encrypted. */
export interface SessionStart {
  readonly connectionString: string | undefined
  readonly options: string
  readonly tls: TlsPlan
}

/** What the driver is told otherwise. */
const taken: readonly string[] = ['options', 'application_name', ...tlsParameters]

/**
 * Says how a session starts: with the user's own options (`?options=` of the URL, or PGOPTIONS) and then ours, which win.
 * The driver takes what the URL says for the whole, so that one option in it would have dropped all of ours, and the name
 * by which a run knows its own sessions.
 *
 * @param url undefined for the PG* environment
 * @throws UsageError for settings of TLS that libpq would refuse
 */
export function sessionStart(url: string | undefined, env: Readonly<Record<string, string | undefined>>): SessionStart {
  const [place, ...rest] = url?.split('?') ?? []
  const query = new URLSearchParams(rest.join('?'))
  const theirs = query.get('options') ?? env['PGOPTIONS'] ?? ''
  const options = [theirs, ...Object.entries(ours).map(([name, value]) => `-c ${name}=${value}`)].join(' ').trim()
  const tls = tlsPlan(query, env, hostOf(place, query, env))
  if (!taken.some(name => query.has(name))) return { connectionString: url, options, tls }
  for (const name of taken) query.delete(name)
  return { connectionString: [place, ...(query.size === 0 ? [] : [query.toString()])].join('?'), options, tls }
}

/** As the driver finds it. */
function hostOf(
  place: string | undefined,
  query: URLSearchParams,
  env: Readonly<Record<string, string | undefined>>,
): string {
  if (place?.startsWith('socket:') === true) return '/'
  const named = /^[a-z]+:\/\/(?:[^/]*@)?(\[[^\]]*\]|[^/:]*)/.exec(place ?? '')?.[1] ?? ''
  const said = [query.get('host') ?? '', named.replace(/%2f/gi, '/'), env['PGHOST'] ?? '']
  return said.find(host => host !== '') ?? 'localhost'
}
