import type { Environment } from './environment.ts'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { UsageError } from './errors.ts'

/** One try of a connection: without TLS (false), or with it. */
export type TlsTry = false | ConnectionOptions

/** How to connect. */
export interface TlsPlan {
  /** In order; a second one if the mode allows both. */
  readonly tries: readonly TlsTry[]
  /** `direct` starts TLS without an SSLRequest. */
  readonly negotiation: 'postgres' | 'direct'
}

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
type Mode = (typeof modes)[number]

/** The TLS parameters of a URL. They are read here and removed, because the driver reads them differently. */
export const tlsParameters = [
  'sslmode',
  'ssl',
  'requiressl',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslnegotiation',
  'ssl_min_protocol_version',
  'ssl_max_protocol_version',
  'uselibpqcompat',
] as const

/**
 * Plans how a connection uses TLS, as libpq does: `sslmode` of the URL, else PGSSLMODE, with the certificates of sslrootcert,
 * sslcert and sslkey (PGSSLROOTCERT, PGSSLCERT, PGSSLKEY, ~/.postgresql). Two things differ. libpq prefers TLS without a
 * mode, which an attacker in the network can switch off; Caseload requires `verify-full` to another machine, refuses `prefer`
 * and `allow` there, and uses no TLS within one machine. Without a root certificate, `verify-ca` and `verify-full` check against
 * the authorities that Node knows, and both check the host name.
 *
 * @param host the host that the driver uses
 * @throws UsageError with the wrong variable or parameter
 */
export function tlsPlan(query: URLSearchParams, env: Environment, host: string): TlsPlan {
  const setting = (parameter: string, variable: string): Setting => settingOf(query, env, parameter, variable)
  const root = setting('sslrootcert', 'PGSSLROOTCERT')
  const mode = modeOf(query, env, root.value === 'system' ? 'verify-full' : isLocal(host) ? 'disable' : 'verify-full')
  if ((mode === 'prefer' || mode === 'allow') && !isLocal(host)) {
    throw new UsageError(
      `sslmode ${mode} to another machine can end without TLS, and whoever is between reads and changes the rows. Set sslmode ` +
        'to verify-full (with sslrootcert if the authority is your own), or to disable if the network is safe.',
    )
  }
  const negotiation = negotiationOf(setting('sslnegotiation', 'PGSSLNEGOTIATION'), mode)
  // libpq uses no TLS over a Unix socket, whatever the mode.
  if (mode === 'disable' || host.startsWith('/')) return { tries: [false], negotiation: 'postgres' }
  if (root.value === 'system' && mode !== 'verify-full') {
    throw new UsageError(`${root.name} is system, which needs sslmode verify-full; found ${mode}.`)
  }
  const tls: ConnectionOptions = {
    ...trust(mode, root),
    ...identity(setting('sslcert', 'PGSSLCERT'), setting('sslkey', 'PGSSLKEY'), query.get('sslpassword') ?? undefined),
    ...oldest(setting('ssl_min_protocol_version', 'PGSSLMINPROTOCOLVERSION')),
    ...newest(setting('ssl_max_protocol_version', 'PGSSLMAXPROTOCOLVERSION')),
  }
  const tries = mode === 'allow' ? [false as const, tls] : mode === 'prefer' ? [tls, false as const] : [tls]
  return { tries, negotiation }
}

/** True for a Unix socket and for loopback addresses. */
export function isLocal(host: string): boolean {
  return host.startsWith('/') || /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host)
}

interface Setting {
  readonly value: string | undefined
  /** The parameter or variable that it comes from. */
  readonly name: string
}

function settingOf(query: URLSearchParams, env: Environment, parameter: string, variable: string): Setting {
  const inUrl = query.get(parameter) ?? ''
  if (inUrl !== '') return { value: inUrl, name: `${parameter} in DATABASE_URL` }
  const value = env[variable] ?? ''
  return { value: value === '' ? undefined : value, name: variable }
}

function modeOf(query: URLSearchParams, env: Environment, byDefault: Mode): Mode {
  const { value, name } = settingOf(query, env, 'sslmode', 'PGSSLMODE')
  if (value === undefined) {
    const short = query.get('ssl') ?? ''
    if (!['', 'true', '1'].includes(short)) {
      throw new UsageError(`ssl in DATABASE_URL is not true; write sslmode instead, one of ${modes.join(', ')}.`)
    }
    const required = short !== '' || query.get('requiressl') === '1'
    return required || (env['PGREQUIRESSL'] ?? '').startsWith('1') ? 'require' : byDefault
  }
  const mode = modes.find(one => one === value)
  if (mode !== undefined) return mode
  throw new UsageError(`${name} is not an sslmode of PostgreSQL; expected one of ${modes.join(', ')}.`)
}

function negotiationOf({ value, name }: Setting, mode: Mode): 'postgres' | 'direct' {
  if (value === undefined || value === 'postgres') return 'postgres'
  if (value !== 'direct') throw new UsageError(`${name} is neither postgres nor direct.`)
  if (['require', 'verify-ca', 'verify-full'].includes(mode)) return 'direct'
  throw new UsageError(`${name} is direct, which needs sslmode require, verify-ca or verify-full; found ${mode}.`)
}

/** Which certificates of a server to accept. */
function trust(mode: Mode, root: Setting): ConnectionOptions {
  const ca = root.value === 'system' ? undefined : fileOf(root, 'root.crt')
  // Accepts any certificate: protects against eavesdropping, not against an impostor.
  if (mode === 'allow' || mode === 'prefer' || (mode === 'require' && ca === undefined))
    return { rejectUnauthorized: false }
  const known = ca === undefined ? {} : { ca }
  const anyName = ca !== undefined && mode !== 'verify-full'
  return { ...known, ...(anyName ? { checkServerIdentity: () => undefined } : {}) }
}

/** The client certificate, for a server that requests one. */
function identity(certificate: Setting, key: Setting, passphrase: string | undefined): ConnectionOptions {
  const cert = fileOf(certificate, 'postgresql.crt')
  const secret = cert === undefined ? undefined : fileOf(key, 'postgresql.key')
  if (cert === undefined || secret === undefined) return {}
  return { cert, key: secret, ...(passphrase === undefined ? {} : { passphrase }) }
}

function oldest({ value, name }: Setting): ConnectionOptions {
  if (value === undefined) return {}
  // Node itself accepts nothing older than TLSv1.2.
  if (/^TLSv1(\.[12])?$/.test(value)) return {}
  if (value === 'TLSv1.3') return { minVersion: value }
  throw new UsageError(`${name} is not a TLS version; expected TLSv1.2 or TLSv1.3.`)
}

function newest({ value, name }: Setting): ConnectionOptions {
  if (value === undefined || value === 'TLSv1.3') return {}
  if (value === 'TLSv1.2') return { maxVersion: value }
  throw new UsageError(`${name} is not a TLS version that Node speaks; expected TLSv1.2 or TLSv1.3.`)
}

/** The bytes of the configured file, or of libpq's default file if that exists. */
function fileOf({ value, name }: Setting, byDefault: string): Buffer | undefined {
  const path = value ?? join(homedir(), '.postgresql', byDefault)
  if (value === undefined && !existsSync(path)) return undefined
  try {
    return readFileSync(path)
  } catch {
    throw new UsageError(`${value === undefined ? path : name} is a file that cannot be read.`)
  }
}
