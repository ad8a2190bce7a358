import type { NoticeMessage } from './message.ts'
import type { NoticeTarget } from './targets.ts'
import { callUrl } from './persist.ts'

/** Posts notices as JSON: `text` as Slack and what is compatible with it show it, and `notices` for programs. */
export function webhook(url: URL): NoticeTarget {
  return {
    name: 'webhook',
    send: ({ text, notices }: NoticeMessage, signal) =>
      callUrl(
        url,
        JSON.stringify({
          text: escaped(text),
          notices: notices.map(({ kind, source, date, code, message, command }) => ({
            kind,
            source,
            date,
            code,
            message,
            command,
          })),
        }),
        signal,
      ),
  }
}

/** Slack would take `<...>` for a link or a call of all members of a channel. */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
