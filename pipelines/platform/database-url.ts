import type { Environment } from './environment.ts'
import { UsageError } from './errors.ts'

/** A setting that libpq reads and Caseload does not. `harmless` lists the values that it is safe to ignore. */
interface Unread {
  readonly variable: string
  readonly parameter: string
  readonly harmless?: readonly string[]
}

/** Settings that would change which server the connection reaches, or how safe it is. */
const unread: readonly Unread[] = [
  { variable: 'PGSERVICE', parameter: 'service' },
  { variable: 'PGHOSTADDR', parameter: 'hostaddr' },
  { variable: 'PGTARGETSESSIONATTRS', parameter: 'target_session_attrs', harmless: ['any'] },
  { variable: 'PGCHANNELBINDING', parameter: 'channel_binding', harmless: ['prefer', 'disable'] },
  { variable: 'PGREQUIREAUTH', parameter: 'require_auth' },
  { variable: 'PGREQUIREPEER', parameter: 'requirepeer' },
  { variable: 'PGGSSENCMODE', parameter: 'gssencmode', harmless: ['prefer', 'disable'] },
  { variable: 'PGSSLCRL', parameter: 'sslcrl' },
  { variable: 'PGSSLCRLDIR', parameter: 'sslcrldir' },
  { variable: 'PGSSLCERTMODE', parameter: 'sslcertmode', harmless: ['allow', 'disable'] },
]

/** Parameters of a URL that are read, or that change neither the server nor the safety of the connection. */
const known: readonly string[] = [
  ...unread.map(one => one.parameter),
  ...['host', 'port', 'user', 'password', 'dbname', 'database', 'db', 'encoding', 'passfile', 'options'],
  ...['application_name', 'fallback_application_name', 'client_encoding', 'connect_timeout', 'load_balance_hosts'],
  ...[
    'sslmode',
    'ssl',
    'sslrootcert',
    'sslcert',
    'sslkey',
    'sslpassword',
    'sslsni',
    'sslnegotiation',
    'sslcompression',
  ],
  ...['ssl_min_protocol_version', 'ssl_max_protocol_version', 'min_protocol_version', 'max_protocol_version'],
  ...['keepalives', 'keepalives_idle', 'keepalives_interval', 'keepalives_count', 'tcp_user_timeout', 'replication'],
  ...['krbsrvname', 'gsslib', 'gssdelegation', 'uselibpqcompat', 'requiressl'],
]

const encode =
  'Write the characters # / ? @ : and % of a password as %23 %2F %3F %40 %3A and %25; no part of the URL is shown here.'

/** The error for a URL that cannot be parsed. */
export function unreadableUrl(name = 'DATABASE_URL'): UsageError {
  return new UsageError(
    `${name} cannot be read as a URL; expected postgresql://user:password@host:5432/database. ${encode}`,
  )
}

/**
 * Refuses a URL that the parser would split in another way than its author means: if a `#`, `/` or `?` in the password is not
 * encoded, the rest of the password becomes path or query, and its start becomes the host. Messages repeat no part of it.
 *
 * @param name the variable with the URL
 * @throws UsageError with the expected form
 */
export function requireReadableUrl(url: string, name = 'DATABASE_URL'): void {
  if (!/^(postgres(ql)?|socket):/.test(url)) {
    throw new UsageError(`${name} is not a PostgreSQL URL; expected postgresql://user@host:5432/database.`)
  }
  // The URL of a socket may have a user and no host, which the driver accepts and `URL` does not.
  const text = url.replace('@/', '@nowhere/')
  const authority = /^[a-z]+:\/\/(?:[^/?#]*@)?([^/?#@]*)/.exec(url)?.[1] ?? ''
  if (authority.includes(',')) throw severalHosts(name)
  if (!URL.canParse(text)) throw unreadableUrl(name)
  const { protocol, pathname, hash, searchParams } = new URL(text)
  if (hash !== '' || url.includes('#')) throw unreadableUrl(name)
  if (protocol !== 'socket:' && /[/@]/.test(pathname.slice(1))) throw unreadableUrl(name)
  if ([...searchParams.keys()].some(one => !known.includes(one))) {
    throw new UsageError(`${name} has a query parameter that PostgreSQL does not know. ${encode}`)
  }
  if (searchParams.get('host')?.includes(',') === true) throw severalHosts(name)
  refuseUnread(
    ({ parameter }) => searchParams.get(parameter) ?? '',
    ({ parameter }) => `${parameter} in ${name}`,
  )
}

/**
 * Refuses variables that Caseload does not read and with which libpq would use another server, or a safer connection.
 *
 * @throws UsageError naming the variable
 */
export function requireReadVariables(env: Environment, url: string | undefined): void {
  refuseUnread(
    ({ variable }) => env[variable] ?? '',
    ({ variable }) => variable,
  )
  if (url !== undefined) return
  if ((env['PGHOST'] ?? '').includes(',')) throw severalHosts('PGHOST')
  const port = env['PGPORT'] ?? ''
  if (port !== '' && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) {
    throw new UsageError('PGPORT is not a port: expected one whole number from 1 to 65535.')
  }
}

function refuseUnread(valueOf: (one: Unread) => string, nameOf: (one: Unread) => string): void {
  for (const one of unread) {
    const value = valueOf(one)
    if (value === '' || one.harmless?.includes(value) === true) continue
    throw new UsageError(
      `${nameOf(one)} is set, and Caseload does not read it: psql would connect to another server, or in another way. Unset it, ` +
        'and set host, port, user and database in DATABASE_URL (or PGHOST, PGPORT, PGUSER, PGDATABASE), and sslmode.',
    )
  }
}

function severalHosts(name: string): UsageError {
  return new UsageError(`${name} names several hosts; Caseload connects to one host. Name the primary.`)
}
