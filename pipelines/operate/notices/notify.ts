import type { Log } from '../../platform/log.ts'
import type { Session } from '../../platform/postgres.ts'
import { describeServerError, isConnectionLost } from '../../platform/server-error.ts'
import { CaseloadError } from '../../platform/errors.ts'
import { messageOf } from './message.ts'
import type { News, Notice } from './notice.ts'
import { type Claim, claimNotices, settleClaim } from './sent.ts'
import type { NoticeTarget } from './targets.ts'

/** What {@link notify} works with. */
export interface NotifyParts {
  readonly targets: readonly NoticeTarget[]
  /** Opens a session without retries; undefined where the command has no database. */
  readonly openSession: (() => Promise<Session>) | undefined
  /** Removes secrets, see `redactor`. */
  readonly redact: (text: string) => string
  /** Ends the wait for a target. */
  readonly signal: AbortSignal
  readonly log: Log
}

/**
 * Tells people, once for each trouble of a batch and once when it is over, in whatever number of processes: the ledger keeps
 * what was sent. What cannot be sent is tried again at the next call. Without the ledger it is sent all the same, and at every
 * call. Never rejects: a target that is down is one warning.
 */
export async function notify(parts: NotifyParts, news: News): Promise<void> {
  if (parts.targets.length === 0) return
  const { redact } = parts
  const clean = (one: Notice): Notice => ({ ...one, message: one.message === null ? null : redact(one.message) })
  const troubles = news.troubles.map(clean)
  const dated = troubles.filter(one => one.source !== null && one.date !== null)
  const undated = troubles.filter(one => !dated.includes(one))
  const opened = await parts.openSession?.().catch(refusalOf)
  const session = typeof opened === 'string' ? undefined : opened
  try {
    for (const target of parts.targets) {
      const claim =
        session === undefined
          ? opened
          : await claimNotices(session, target.name, { ...news, troubles: dated }).catch(refusalOf)
      const isClaim = typeof claim === 'object' && 'id' in claim
      const notices = [...undated, ...(isClaim ? claim.notices : dated)]
      const remark = isClaim || dated.length === 0 ? undefined : repeated(claim)
      const isSent = notices.length === 0 || (await send(parts, target, notices, remark))
      if (isClaim && session !== undefined && claim.notices.length > 0) await settle(parts, session, claim, isSent)
    }
  } finally {
    await session?.end().catch(() => undefined)
  }
}

async function send(
  { signal, log }: NotifyParts,
  target: NoticeTarget,
  notices: readonly Notice[],
  remark: string | undefined,
): Promise<boolean> {
  try {
    await target.send(messageOf(notices, remark), signal)
    return true
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown error'
    log.warn('notify', `the ${target.name} got no notice: ${why}; the next call with --notify tries again`)
    return false
  }
}

async function settle({ log }: NotifyParts, session: Session, claim: Claim, isSent: boolean): Promise<void> {
  try {
    await settleClaim(session, claim, isSent)
  } catch (error) {
    log.warn('notify', `what was sent could not be written to the ledger, so it may be sent again: ${refusalOf(error)}`)
  }
}

function repeated(why: unknown): string {
  const reason = typeof why === 'string' ? why : 'the command has no database'
  return `What was told before is not known (${reason}): this may come again with every call.`
}

/** Why the ledger could not be asked, without a full stop. */
function refusalOf(error: unknown): string {
  if (isConnectionLost(error)) return 'the connection to the database was lost'
  if (error instanceof CaseloadError) return error.message.replaceAll(/\s+/g, ' ').replace(/\.$/, '')
  return describeServerError(error)
}
