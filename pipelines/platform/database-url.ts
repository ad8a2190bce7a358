import { type Environment, nonEmpty } from './environment.ts'
import { UsageError } from './errors.ts'
import { readTextFile } from './text-file.ts'

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
  { variable: 'PGSSLSNI', parameter: 'sslsni', harmless: ['1'] },
  { variable: 'PGGSSDELEGATION', parameter: 'gssdelegation', harmless: ['0'] },
]

/** Parameters of a URL that libpq follows and the driver does not, with the place where Caseload reads the same. */
const elsewhere: Readonly<Record<string, string>> = {
  dbname: 'Name the database in the path of the URL: postgresql://host/database.',
  database: 'Name the database in the path of the URL: postgresql://host/database.',
  passfile: 'Name the file in PGPASSFILE.',
  replication: 'Caseload needs an ordinary session: leave it out.',
}

/** Parameters of a URL that are read, or that change neither the server nor the safety of the connection. */
const known: readonly string[] = [
  ...unread.map(one => one.parameter),
  ...['host', 'port', 'user', 'password', 'dbname', 'database', 'db', 'encoding', 'passfile', 'options'],
  ...['application_name', 'fallback_application_name', 'client_encoding', 'connect_timeout', 'load_balance_hosts'],
  ...['sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey', 'sslpassword', 'sslnegotiation', 'sslcompression'],
  ...['ssl_min_protocol_version', 'ssl_max_protocol_version', 'min_protocol_version', 'max_protocol_version'],
  ...['keepalives', 'keepalives_idle', 'keepalives_interval', 'keepalives_count', 'tcp_user_timeout', 'replication'],
  ...['krbsrvname', 'gsslib', 'uselibpqcompat', 'requiressl'],
]

const encode =
  'Write the characters # / ? @ : and % of a password as %23 %2F %3F %40 %3A and %25; no part of the URL is shown here.'

/** The DATABASE_URL that means the embedded PostgreSQL, also where a project or other variables name a database. */
export const embeddedDatabase = 'embedded'

/** Whether a text that may be a URL of a database holds a password, in front of its host or in its query. */
export function passwordInUrl(url: string): boolean {
  const [place = '', query = ''] = url.split(/\?(.*)/s, 2)
  const names = [...new URLSearchParams(query).keys()]
  return /^[a-z]+:(?:\/\/)?[^:@/]*:[^@]*@/i.test(place) || names.some(name => /password$/i.test(name))
}

/** A URL for a person to read: without its password. One that may be split in another way than its author means is not shown. */
export function withoutPassword(url: string): string {
  try {
    requireReadableUrl(url)
  } catch {
    return 'a URL that cannot be read'
  }
  const shown = new URL(url.replace('@/', '@nowhere/'))
  shown.password = ''
  for (const name of [...shown.searchParams.keys()]) if (/password$/i.test(name)) shown.searchParams.delete(name)
  return shown.href.replace('@nowhere/', '@/')
}

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
  requirePort(searchParams.get('port') ?? '', `port in ${name}`)
  for (const [parameter, remedy] of Object.entries(elsewhere)) {
    if (searchParams.has(parameter)) throw new UsageError(`${name} has the parameter ${parameter}. ${remedy}`)
  }
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
function requireReadVariables(env: Environment, url: string | undefined): void {
  refuseUnread(
    ({ variable }) => env[variable] ?? '',
    ({ variable }) => variable,
  )
  if (url !== undefined) return
  if ((env['PGHOST'] ?? '').includes(',')) throw severalHosts('PGHOST')
  requirePort(env['PGPORT'] ?? '', 'PGPORT')
}

function requirePort(port: string, name: string): void {
  if (port === '' || (/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535)) return
  throw new UsageError(`${name} is not a port: expected one whole number from 1 to 65535.`)
}

/** The variables of libpq that name a database. */
const libpqNames = ['PGHOST', 'PGPORT', 'PGDATABASE'] as const

/** True if a variable of libpq names a database. */
export function namesServer(env: Environment): boolean {
  return libpqNames.some(name => nonEmpty(env[name]) !== undefined)
}

/** The database that the environment names: by a URL, or by the PG* variables; undefined for the embedded one. */
type NamedDatabase = { readonly url: string | undefined } | undefined

/**
 * Finds out which database the environment names.
 *
 * @param env usually process.env
 * @throws UsageError for a URL or variables that are wrong or ambiguous, that Caseload does not read, or that name a login and
 * no database: psql would log in to a server of this machine, and Caseload would use its embedded one
 */
export function namedDatabase(env: Environment): NamedDatabase {
  const url = nonEmpty(env['DATABASE_URL'])
  requireReadVariables(env, url)
  if (url !== undefined) {
    requireReadableUrl(url)
    return { url }
  }
  if (namesServer(env)) return { url: undefined }
  const login = ['PGUSER', 'PGPASSWORD'].find(name => nonEmpty(env[name]) !== undefined)
  if (login === undefined) return undefined
  throw new UsageError(
    `${login} is set, and no variable names a database. Set PGHOST or PGDATABASE (or DATABASE_URL), or unset ${login} to use ` +
      'the embedded PostgreSQL.',
  )
}

/**
 * The environment with the URL of the file that DATABASE_URL_FILE names, as containers get secrets.
 *
 * @returns DATABASE_URL; undefined if DATABASE_URL_FILE is not set
 * @throws UsageError if both are set, or the file is not one line of text
 */
export function urlOfFile(env: Environment): string | undefined {
  const path = nonEmpty(env['DATABASE_URL_FILE'])
  if (path === undefined) return undefined
  if (nonEmpty(env['DATABASE_URL']) !== undefined) {
    throw new UsageError('DATABASE_URL and DATABASE_URL_FILE are both set. Set one of them.')
  }
  const text = textOf(path).trim()
  if (text !== '' && !/\s/.test(text)) return text
  throw new UsageError(
    `Expected one line with a URL in the file that DATABASE_URL_FILE names (${path}), found ${text === '' ? 'nothing' : 'more'}.`,
  )
}

function textOf(path: string): string {
  try {
    return readTextFile(path)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`DATABASE_URL_FILE names ${path}, which cannot be read.`)
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
