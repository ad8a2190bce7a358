/** A server that takes mails. */
export interface MailServer {
  readonly host: string
  readonly port: number
  /** `smtps`: encrypted from the first byte; `starttls`: encrypted before the login; `none`: not at all. */
  readonly encryption: 'smtps' | 'starttls' | 'none'
  readonly user: string | undefined
}

/** The server that a URL names, or what is wrong with it, in words that follow the name of the setting. */
export type ReadMailServer =
  { readonly server: MailServer; readonly fault: undefined } | { readonly server: undefined; readonly fault: string }

/** True for one address without a name, such as `caseload@example.org`. */
export const isMailAddress = (text: string): boolean => /^[^\s@<>,;"]+@[^\s@<>,;"]+$/.test(text)

const form = 'expected smtp://user@host:587 or smtps://user@host:465'

/**
 * Reads the address of a mail server. Without `smtps://`, another machine must offer STARTTLS, unless `?tls=off` says that the
 * network is safe.
 */
export function readMailServer(text: string): ReadMailServer {
  const wrong = (fault: string): ReadMailServer => ({ server: undefined, fault })
  if (!URL.canParse(text)) return wrong(`cannot be read as a URL; ${form}`)
  const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(text)
  if (protocol !== 'smtp:' && protocol !== 'smtps:') return wrong(`is no smtp URL; ${form}`)
  if (password !== '')
    return wrong('holds a password; set it in CASELOAD_NOTIFY_SMTP_PASSWORD or CASELOAD_NOTIFY_SMTP_PASSWORD_FILE')
  if (hostname === '' || !['', '/'].includes(pathname)) return wrong(`does not name a host alone; ${form}`)
  const tls = searchParams.get('tls')
  if ([...searchParams.keys()].some(name => name !== 'tls') || (tls !== null && tls !== 'off'))
    return wrong('has a parameter other than tls=off')
  const isHere = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)
  return {
    server: {
      host: hostname.replaceAll(/[[\]]/g, ''),
      port: port === '' ? (protocol === 'smtps:' ? 465 : 587) : Number(port),
      encryption: protocol === 'smtps:' ? 'smtps' : tls === 'off' || isHere ? 'none' : 'starttls',
      user: username === '' ? undefined : decoded(username),
    },
    fault: undefined,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
