import { batchStates, type StateChecks, type StatusWindow } from '../../ledger/status.ts'
import type { Session } from '../../platform/postgres.ts'
import { type Notice, recovered } from './notice.ts'
import { openTroubles } from './sent.ts'

/** States of which nobody needs to be told any more, if the batch is no problem. */
const settled: readonly string[] = ['published', 'stale', 'pinned', 'dismissed']

/**
 * The batches of a window of whose trouble people were told, and which need no attention now: published, dismissed, or no longer
 * expected. One that runs again, or whose delivery may still come, is not well yet.
 */
export async function wellAgain(
  session: Session,
  window: StatusWindow,
  checks: StateChecks,
): Promise<readonly Notice[]> {
  const { sources, from = '0000-01-01', to = '9999-12-31' } = window
  const open = (await openTroubles(session)).filter(
    ({ source, date }) => (sources.length === 0 || sources.includes(source)) && date >= from && date <= to,
  )
  if (open.length === 0) return []
  const states = await batchStates(session, { ...window, sources: [...new Set(open.map(one => one.source))] }, checks)
  const byBatch = new Map(states.map(one => [`${one.source} ${one.batch_date}`, one]))
  return open.flatMap(batch => {
    const found = byBatch.get(`${batch.source} ${batch.date}`)
    if (found === undefined) return [recovered(batch, 'no delivery of that day is expected')]
    return !found.problem && settled.includes(found.state) ? [recovered(batch, found.state)] : []
  })
}
