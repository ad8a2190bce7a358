import type { NoticeMessage } from './message.ts'
import type { MailServer } from '../../platform/mail-server.ts'
import { persist, Refused, sendTimeoutMs } from './persist.ts'
import type { NoticeTarget } from './targets.ts'

/** The server that takes mails, and the addresses. */
export interface MailSettings extends MailServer {
  readonly password: string | undefined
  readonly from: string
  readonly to: readonly string[]
}

/** Sends notices as one mail of plain text. nodemailer is loaded when the first is sent. */
export function mail(settings: MailSettings): NoticeTarget {
  return { name: 'mail', send: (message, signal) => persist(signal, limited => send(settings, message, limited)) }
}

async function send(settings: MailSettings, { subject, text }: NoticeMessage, signal: AbortSignal): Promise<void> {
  const { host, port, encryption, user, password, from, to } = settings
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    host,
    port,
    secure: encryption === 'smtps',
    requireTLS: encryption === 'starttls',
    ignoreTLS: encryption === 'none',
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    connectionTimeout: sendTimeoutMs,
    greetingTimeout: sendTimeoutMs,
    socketTimeout: sendTimeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => {
      reject(new Error(`${host}:${port} did not answer in time`))
    }
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop, { once: true })
  })
  try {
    await Promise.race([transport.sendMail({ from, to: [...to], subject, text: `${text}\n` }), stopped])
  } catch (error) {
    throw failureOf(`${host}:${port}`, error)
  } finally {
    transport.close()
  }
}

/** The server's own words may repeat the login: only its code is told. */
function failureOf(server: string, error: unknown): Error {
  const { code, responseCode } = error as { readonly code?: string; readonly responseCode?: number }
  if (code === undefined && responseCode === undefined && error instanceof Error) return error
  const answered = responseCode === undefined ? '' : `, the server answered ${responseCode}`
  const message = `${server} took no mail (${code ?? 'no code'}${answered})`
  const isFinal = responseCode !== undefined && responseCode >= 500
  return isFinal ? new Refused(message) : new Error(message)
}
