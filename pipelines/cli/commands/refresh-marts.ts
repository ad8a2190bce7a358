import { listViews } from '../../ledger/list-views.ts'
import { hasMarts } from '../../marts/make-marts.ts'
import { refreshMarts } from '../../marts/refresh.ts'
import type { RefreshedMart } from '../../marts/write-slices.ts'
import { AbortedError, CaseloadError, TimeoutError, withMessage } from '../../platform/errors.ts'
import { countText } from '../../platform/count-text.ts'
import type { Log } from '../../platform/log.ts'
import type { Session } from '../../platform/postgres.ts'
import { describeServerError, isConnectionLost, isServerError } from '../../platform/server-error.ts'

/** Flags of every command that changes what readers see. */
export interface MartFlags {
  /** False for --no-marts. */
  readonly marts: boolean
}

export const noMarts = [
  '--no-marts',
  'do not refresh the marts; they stay behind until the next command that does, or caseload marts refresh',
] as const

/** How a command refreshes the marts when its batches are published. */
export interface RefreshAfterOptions extends MartFlags {
  readonly signal: AbortSignal
  readonly log: Log
}

/**
 * Brings the marts up to what the command has published, if the database has marts. Whatever fails here is a warning: the batches
 * are published, and the marts are behind, not wrong.
 *
 * @param ask queries the target in a session of its own, which ends when the signal is aborted
 * @throws AbortedError once a signal ends the command
 */
export async function refreshAfter(
  ask: <T>(question: (session: Session) => Promise<T>) => Promise<T>,
  { marts, signal, log }: RefreshAfterOptions,
): Promise<void> {
  if (!marts) return
  try {
    const begun = performance.now()
    const done = await ask(async session =>
      (await hasMarts(session)) ? await refreshMarts(session, { views: listViews(), signal, log }) : undefined,
    )
    if (done === undefined) return
    log.info('marts', `${refreshedText(done)} in ${((performance.now() - begun) / 1000).toFixed(1)} s`)
  } catch (error) {
    if (error instanceof AbortedError) throw withMessage(error, `Stopped by a signal. ${behind} ${catchUp}`)
    const why = reasonOf(error)
    if (why === undefined) throw error
    log.warn('marts', `${behind} ${why} ${catchUp}`)
  }
}

const behind = 'What was loaded is published, but the marts are behind.'
const catchUp = 'To catch up: caseload marts refresh'

function reasonOf(error: unknown): string | undefined {
  // Its message speaks of a batch that was rolled back.
  if (error instanceof TimeoutError) return 'The time of --timeout was over.'
  if (error instanceof CaseloadError) return error.message
  if (isConnectionLost(error)) return 'The connection to the database was lost.'
  return isServerError(error) ? `${describeServerError(error)}.` : undefined
}

/** `12 marts are fresh, 5 rows removed, 20 rows added`. */
export function refreshedText(done: readonly RefreshedMart[]): string {
  const removed = done.reduce((sum, one) => sum + one.removed, 0)
  const added = done.reduce((sum, one) => sum + one.added, 0)
  return `${countText(done.length, 'mart')} ${done.length === 1 ? 'is' : 'are'} fresh: ${countText(removed, 'row')} removed, ${countText(added, 'row')} added`
}
