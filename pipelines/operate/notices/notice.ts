import { exitCodes } from '../../platform/exit-codes.ts'
import type { Batch } from '../../source/batch.ts'
import { type BatchOutcome, isFailure } from '../backfill/outcome.ts'
import type { Problem } from '../problems/problems.ts'

/** What a notice is about. */
export type NoticeKind =
  'failed' | 'refused' | 'dead' | 'overdue' | 'not_delivered' | 'incomplete' | 'delivered_late' | 'recovered' | 'test'

/** People who know that a delivery is not there are told again when it comes and cannot be loaded. */
export const waitingKinds: readonly NoticeKind[] = ['overdue', 'not_delivered', 'incomplete', 'delivered_late']

/** One thing to tell people. No field has a patient's value. */
export interface Notice {
  readonly kind: NoticeKind
  /** Null if it is about a command as a whole, or about the targets. */
  readonly source: string | null
  /** `yyyy-mm-dd`; null if it is about no single batch. */
  readonly date: string | null
  /** The exit code that `caseload run` has for it; null where there is none. */
  readonly code: number | null
  /** What was found; without a full stop. Null if the kind says it all. */
  readonly message: string | null
  /** When or why to call the command, without a full stop; null without a command. */
  readonly hint: string | null
  /** A command to paste; null if there is nothing to do. */
  readonly command: string | null
}

/** What a command has to tell. */
export interface News {
  readonly troubles: readonly Notice[]
  /** Batches that are well, and why; it is told of those of whose trouble people were told. */
  readonly well: readonly Notice[]
}

const sentence = (text: string): string => text.replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '')

/** What is told of a batch whose run ended; undefined if nothing is. A delivery that may still come is no trouble. */
export function troubleOf(
  { batch, outcome, reason, exitCode, ...rest }: BatchOutcome,
  { strict = false, isDead = false }: { readonly strict?: boolean; readonly isDead?: boolean } = {},
): Notice | undefined {
  const run = `caseload run ${batch.source} ${batch.date}`
  const notice = { ...batch, code: exitCode ?? null, message: sentence(reason) }
  if (isDead) return { ...notice, kind: 'dead', hint: 'when the cause is gone', command: 'caseload queue retry' }
  switch (outcome) {
    case 'refused':
      return { ...notice, kind: 'refused', hint: 'when the delivery or the source is corrected', command: run }
    case 'failed':
      if (exitCode === exitCodes.missing) return undefined
      return { ...notice, kind: 'failed', hint: 'when the cause is gone', command: run }
    case 'not_delivered':
      if (!isFailure({ batch, outcome, reason, ...rest }, strict)) return undefined
      return {
        ...notice,
        kind: 'not_delivered',
        hint: 'ask for it, or, if it will not come',
        command: `caseload dismiss ${batch.source} ${batch.date} --reason '...'`,
      }
    default:
      return undefined
  }
}

/** What is told of batches whose runs ended. */
export function newsOf(ended: readonly BatchOutcome[], strict: boolean): News {
  return {
    troubles: ended.flatMap(one => troubleOf(one, { strict }) ?? []),
    well: ended.filter(one => one.outcome === 'published').map(({ batch }) => recovered(batch, 'published')),
  }
}

/** What is told of a batch that needs no attention any more. */
export function recovered({ source, date }: Batch, message: string): Notice {
  return { kind: 'recovered', source, date, code: exitCodes.done, message, hint: null, command: null }
}

const kinds: Partial<Record<string, NoticeKind>> = {
  refused: 'refused',
  overdue: 'overdue',
  not_delivered: 'not_delivered',
  incomplete: 'incomplete',
  dismissed: 'delivered_late',
}

/** What is told of a problem. */
export function noticeOf({ source, batch_date: date, state, last_run, reason, hint, next }: Problem): Notice {
  const isPublished = state === 'published' || state === 'stale'
  const kind = kinds[isPublished ? (last_run ?? '') : state] ?? 'failed'
  const code =
    kind === 'refused' ? exitCodes.refused : waitingKinds.includes(kind) ? exitCodes.missing : exitCodes.failed
  return { kind, source, date, code, message: reason === null ? null : sentence(reason), hint, command: next }
}

/** What is told of a command that ended before it could run a batch, or of a source that could not be read. */
export function commandFailed(message: string, code: number, source: string | null = null): Notice {
  const hint = 'to look for the cause'
  return { kind: 'failed', source, date: null, code, message: sentence(message), hint, command: 'caseload doctor' }
}
