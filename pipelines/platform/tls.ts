import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { UsageError } from './errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** How one try of a connection is made: in the clear, or with TLS. */
export type TlsTry = false | ConnectionOptions

/** The tries of a connection in their order; there is a second one where the mode leaves a choice. */
export interface TlsPlan {
  readonly tries: readonly TlsTry[]
  /** `direct` begins TLS without asking first. */
  readonly negotiation: 'postgres' | 'direct'
}

const modes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const
type Mode = (typeof modes)[number]

/** The parameters of a URL that say how TLS is used. They are read here, and taken out before the driver reads them its way. */
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
  'uselibpqcompat',
] as const

/**
 * Says how a connection uses TLS, as libpq does: `sslmode` of the URL, else PGSSLMODE, with the certificates of sslrootcert,
 * sslcert and sslkey (PGSSLROOTCERT, PGSSLCERT, PGSSLKEY, ~/.postgresql). Two things differ. Without a mode, libpq prefers TLS
 * everywhere; here it is not asked for within one machine. Without a root certificate of its own, `verify-ca` and
 * `verify-full` check against the authorities that Node knows, and both of them the name of the host.
 *
 * @param host as the driver will use it
 * @throws UsageError naming the variable or parameter that is wrong
 */
export function tlsPlan(query: URLSearchParams, env: Environment, host: string): TlsPlan {
  const say = (parameter: string, variable: string): Setting => settingOf(query, env, parameter, variable)
  const root = say('sslrootcert', 'PGSSLROOTCERT')
  const mode = modeOf(query, env, root.value === 'system' ? 'verify-full' : isLocal(host) ? 'disable' : 'prefer')
  const negotiation = negotiationOf(say('sslnegotiation', 'PGSSLNEGOTIATION'), mode)
  // libpq asks for no TLS over a Unix socket, whatever the mode.
  if (mode === 'disable' || host.startsWith('/')) return { tries: [false], negotiation: 'postgres' }
  if (root.value === 'system' && mode !== 'verify-full') {
    throw new UsageError(`${root.name} is system, which goes with sslmode verify-full alone; found ${mode}.`)
  }
  const tls: ConnectionOptions = {
    ...trust(mode, root),
    ...identity(say('sslcert', 'PGSSLCERT'), say('sslkey', 'PGSSLKEY'), query.get('sslpassword') ?? undefined),
    ...oldest(say('ssl_min_protocol_version', 'PGSSLMINPROTOCOLVERSION')),
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
  /** Who said it. */
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
    const required = /^(true|1)$/.test(query.get('ssl') ?? query.get('requiressl') ?? '')
    return required || (env['PGREQUIRESSL'] ?? '').startsWith('1') ? 'require' : byDefault
  }
  const mode = modes.find(one => one === value)
  if (mode !== undefined) return mode
  throw new UsageError(`${name} is no mode that PostgreSQL knows; expected one of ${modes.join(', ')}.`)
}

function negotiationOf({ value, name }: Setting, mode: Mode): 'postgres' | 'direct' {
  if (value === undefined || value === 'postgres') return 'postgres'
  if (value !== 'direct') throw new UsageError(`${name} is neither postgres nor direct.`)
  if (['require', 'verify-ca', 'verify-full'].includes(mode)) return 'direct'
  throw new UsageError(`${name} is direct, which goes with sslmode require, verify-ca or verify-full; found ${mode}.`)
}

/** Whom a server's certificate must come from. */
function trust(mode: Mode, root: Setting): ConnectionOptions {
  const ca = root.value === 'system' ? undefined : fileOf(root, 'root.crt')
  // Anybody's certificate will do: it keeps listeners out, not impostors.
  if (mode === 'allow' || mode === 'prefer' || (mode === 'require' && ca === undefined))
    return { rejectUnauthorized: false }
  const known = ca === undefined ? {} : { ca }
  const anyName = ca !== undefined && mode !== 'verify-full'
  return { ...known, ...(anyName ? { checkServerIdentity: () => undefined } : {}) }
}

/** Our own certificate, for a server that asks for one. */
function identity(certificate: Setting, key: Setting, passphrase: string | undefined): ConnectionOptions {
  const cert = fileOf(certificate, 'postgresql.crt')
  const secret = cert === undefined ? undefined : fileOf(key, 'postgresql.key')
  if (cert === undefined || secret === undefined) return {}
  return { cert, key: secret, ...(passphrase === undefined ? {} : { passphrase }) }
}

function oldest({ value, name }: Setting): ConnectionOptions {
  if (value === undefined) return {}
  // Node itself takes nothing older than TLSv1.2.
  if (/^TLSv1(\.[12])?$/.test(value)) return {}
  if (value === 'TLSv1.3') return { minVersion: value }
  throw new UsageError(`${name} is no version of TLS; expected TLSv1.2 or TLSv1.3.`)
}

/** The bytes of a file that somebody named, or of the one that libpq looks for, if it is there. */
function fileOf({ value, name }: Setting, byDefault: string): Buffer | undefined {
  const path = value ?? join(homedir(), '.postgresql', byDefault)
  if (value === undefined && !existsSync(path)) return undefined
  try {
    return readFileSync(path)
  } catch {
    throw new UsageError(`${value === undefined ? path : name} is a file that cannot be read.`)
  }
}
