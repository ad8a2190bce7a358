import { type Environment, nonEmpty } from '../../platform/environment.ts'
import { isMailAddress, readMailServer } from '../../platform/mail-server.ts'
import { mail, type MailSettings } from './mail.ts'
import type { NoticeMessage } from './message.ts'
import { webhook } from './webhook.ts'

/** Where notices go. */
export interface NoticeTarget {
  readonly name: 'webhook' | 'mail'
  /** @throws Error whose message holds no secret */
  readonly send: (message: NoticeMessage, signal: AbortSignal) => Promise<void>
}

/** What the environment says of targets. */
export interface ReadTargets {
  readonly targets: readonly NoticeTarget[]
  /** What is wrong, each a sentence without a full stop; it repeats no value. */
  readonly faults: readonly string[]
}

/**
 * Reads where notices go.
 *
 * @param env CASELOAD_NOTIFY_WEBHOOK, CASELOAD_NOTIFY_SMTP, CASELOAD_NOTIFY_SMTP_PASSWORD, CASELOAD_NOTIFY_FROM, CASELOAD_NOTIFY_TO
 */
export function readTargets(env: Environment): ReadTargets {
  const hook = nonEmpty(env['CASELOAD_NOTIFY_WEBHOOK'])
  const url = hook === undefined ? undefined : webUrl(hook)
  const server = nonEmpty(env['CASELOAD_NOTIFY_SMTP'])
  const { settings, faults } = server === undefined ? { settings: undefined, faults: [] } : mailSettings(server, env)
  return {
    targets: [...(url === undefined ? [] : [webhook(url)]), ...(settings === undefined ? [] : [mail(settings)])],
    faults: [
      ...(hook !== undefined && url === undefined
        ? ['CASELOAD_NOTIFY_WEBHOOK is no http or https URL, such as https://hooks.example.org/...']
        : []),
      ...faults,
    ],
  }
}

/** The URL of a text, if it is one of the web. */
export function webUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  return /^https?:$/.test(url.protocol) ? url : undefined
}

function mailSettings(
  server: string,
  env: Environment,
): { readonly settings: MailSettings | undefined; readonly faults: readonly string[] } {
  const { server: address, fault } = readMailServer(server)
  const from = nonEmpty(env['CASELOAD_NOTIFY_FROM'])
  const to = (env['CASELOAD_NOTIFY_TO'] ?? '').split(/[\s,]+/).filter(one => one !== '')
  const password = nonEmpty(env['CASELOAD_NOTIFY_SMTP_PASSWORD'])
  const faults = [
    ...(fault === undefined ? [] : [`CASELOAD_NOTIFY_SMTP ${fault}`]),
    ...(from === undefined || !isMailAddress(from)
      ? ['CASELOAD_NOTIFY_FROM is no mail address, such as caseload@example.org']
      : []),
    ...(to.length === 0 || !to.every(isMailAddress)
      ? ['CASELOAD_NOTIFY_TO is no mail address, or several with commas between them']
      : []),
    ...(address !== undefined && (address.user === undefined) !== (password === undefined)
      ? [
          'CASELOAD_NOTIFY_SMTP names a user without a password in CASELOAD_NOTIFY_SMTP_PASSWORD, or the other way round',
        ]
      : []),
  ]
  if (faults.length > 0 || address === undefined || from === undefined) return { settings: undefined, faults }
  return { settings: { ...address, password, from, to }, faults }
}
