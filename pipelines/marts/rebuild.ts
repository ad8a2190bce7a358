import type { Session } from '../platform/postgres.ts'
import { allHours, type InputChange, writeInputs } from './changes.ts'
import { recordHeldRuns } from './held-runs.ts'
import { hourParts } from './hour-parts.ts'
import { hasMarts, makeSchema } from './make-marts.ts'
import { isByPatient } from './mart-order.ts'
import { planRefresh, refreshLocked, type RefreshOptions } from './refresh.ts'
import { inSnapshot, underMartLock, whilePublished } from './snapshot.ts'
import { addHolders, martSources } from './touched.ts'
import { analyze, patientSlices, type RefreshedMart, writeSlices } from './write-slices.ts'

/**
 * Makes the marts if there are none, and computes every row of all of them: first the marts by patient, source by source, each
 * in a transaction of its own, so that publishes wait for one source at most; then the others in one more, with what was
 * published meanwhile. Writes only the rows that differ.
 *
 * @returns one element per mart
 * @throws UsageError if a schema of the marts is there and Caseload has not made it; LockedError as {@link refreshMarts} does
 */
export async function rebuildMarts(session: Session, options: RefreshOptions): Promise<readonly RefreshedMart[]> {
  return underMartLock(session, options, async () => {
    await inSnapshot(session, [], async () => {
      if (!(await hasMarts(session))) await makeSchema(session)
      const { changes } = await planRefresh(session, options)
      await writeInputs(session, ofSource(changes.inputs, ''))
      await session.query('update caseload.mart_state set is_building = true')
      return true
    })
    const parts: RefreshedMart[] = []
    for (const source of await martSources(session)) {
      // Batches of before the marts have none.
      await whilePublished(session, source, () => session.query('select caseload.note_published($1)', [source]))
      parts.push(...(await rebuildSource(session, options, source)))
    }
    parts.push(...(await refreshLocked(session, options)))
    return total(parts)
  })
}

/** Computes the marts by patient of one source; a session that publishes its first table meanwhile makes it begin again. */
async function rebuildSource(
  session: Session,
  options: RefreshOptions,
  source: string,
): Promise<readonly RefreshedMart[]> {
  for (;;) {
    const done = await inSnapshot(session, [source], async () => {
      const { model, changes } = await planRefresh(session, options)
      await addHolders(session, new Map([[source, { patients: 'all', hours: allHours, newDays: [], days: new Set() }]]))
      const marts: RefreshedMart[] = []
      const hours = await hourParts(session, source, 'all', allHours)
      const all = { source, patients: 'all', read: 'all', days: 'all', hours } as const
      for (const mart of model.marts.filter(isByPatient)) {
        options.signal.throwIfAborted()
        marts.push(await writeSlices(session, model, mart, patientSlices(mart.kind, all), new Map()))
        await analyze(session, mart)
      }
      await writeInputs(session, ofSource(changes.inputs, source))
      await recordHeldRuns(session, source)
      return marts
    })
    if (done !== undefined) return done
  }
}

/** The changes of one source; '' is the whole installation, as of its code systems. */
function ofSource(inputs: readonly InputChange[], source: string): readonly InputChange[] {
  return inputs.filter(({ before, now }) => (now ?? before)?.source === source)
}

function total(parts: readonly RefreshedMart[]): readonly RefreshedMart[] {
  const sums = new Map<string, RefreshedMart>()
  for (const { mart, removed, added, ms } of parts) {
    const sum = sums.get(mart)
    sums.set(mart, {
      mart,
      removed: removed + (sum?.removed ?? 0),
      added: added + (sum?.added ?? 0),
      ms: ms + (sum?.ms ?? 0),
    })
  }
  return [...sums.values()]
}
