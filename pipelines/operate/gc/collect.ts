import { existsSync, rmSync } from 'node:fs'
import { sessionName } from '../../source/batch.ts'
import { endSessions } from '../../ledger/end-sessions.ts'
import type { Session } from '../../platform/postgres.ts'
import { errorCode, lockNotAvailable } from '../../platform/server-error.ts'
import { type BatchLeftovers, findLeftovers, type LeftoverOptions, type Leftovers } from './leftovers.ts'
import { leftWorkFolders } from './work-folders.ts'

/** What a garbage collection removed, or would remove. */
export interface Collected {
  /** Batches that had something to remove. */
  readonly batches: readonly BatchLeftovers[]
  /** Number of leaves that dead operations staged to merge or split a month. */
  readonly range_leaves: number
  /** Leaves that the ledger does not know, as `schema.name`. */
  readonly stray_tables: readonly string[]
  /** Rejected rows of runs that the ledger does not have. */
  readonly lost_rejected_rows: number
  /** Private folders of runs that ended. */
  readonly work_folders: readonly string[]
  /** What was kept, and why. */
  readonly left: readonly { readonly what: string; readonly reason: string }[]
}

/** What a garbage collection works with. */
export interface CollectOptions extends Omit<LeftoverOptions, 'elsewhereIsDead'> {
  /**
   * Called if runs of other machines hold no lock: waits until they would hold it again if they were alive.
   *
   * @param runs number of these runs
   */
  readonly letThemReconnect: (runs: number) => Promise<void>
}

const busy = 'a run works on the batch'
const inUse = 'a session reads one of its tables'
const unknownTable = 'its name and its defaults are not those of a leaf of Caseload'

/** What a garbage collection would remove now. Reads only. */
export async function previewGarbage(session: Session, parts: CollectOptions): Promise<Collected> {
  const found = await findLeftovers(session, { ...parts, elsewhereIsDead: true })
  return {
    batches: found.batches,
    range_leaves: found.rangeLeaves.length,
    stray_tables: found.orphanTables.leaves.map(({ schema, name }) => `${schema}.${name}`),
    lost_rejected_rows: found.lostRejects,
    work_folders: found.workFolders,
    left: keptItems(found),
  }
}

/**
 * Removes what dead runs left behind, batch by batch, each under the lock of the batch and in one transaction: a batch that a
 * run works on is skipped, and an interruption undoes nothing. A second call finds nothing.
 *
 * @param session as the owner, on a migrated database; its `lock_timeout` is the timeout for readers of a detached version
 */
export async function collectGarbage(session: Session, parts: CollectOptions): Promise<Collected> {
  const first = await findLeftovers(session, { ...parts, elsewhereIsDead: false })
  if (first.elsewhere.length > 0) await parts.letThemReconnect(first.elsewhere.length)
  const found = first.elsewhere.length > 0 ? await findLeftovers(session, { ...parts, elsewhereIsDead: true }) : first
  // A run that appeared during the wait may be alive.
  const seen = new Set(first.elsewhere.map(run => run.run_id))
  const dead = found.dead.filter(run => run.host === parts.machine.host || seen.has(run.run_id))

  const left = [...keptItems(found)]
  const batches: BatchLeftovers[] = []
  for (const { source, batch_date } of found.batches) {
    const what = `${source} ${batch_date}`
    const removed = await unlessInUse(left, what, async () => {
      const own = dead.filter(run => run.source === source && run.batch_date === batch_date)
      await endSessions(
        session,
        own.map(run => sessionName({ source, date: batch_date }, run.run_id)),
      )
      const result = await session.query<Omit<BatchLeftovers, 'source' | 'batch_date'>>(
        'select * from caseload.gc_batch($1, $2, $3, $4)',
        [source, batch_date, parts.keep, own.map(run => run.run_id)],
      )
      if (result.rows.length === 0) left.push({ what, reason: busy })
      return result.rows[0]
    })
    if (removed !== undefined && Object.values(removed).some(count => count > 0)) {
      batches.push({ source, batch_date, ...removed })
    }
  }
  const ranges = await unlessInUse(left, 'leaves staged for a month', () =>
    session.query<{ leaves: number }>('select caseload.drop_dead_ranges() as leaves'),
  )
  const orphanTables = await dropOrphanTables(session, found, left)
  const lost = await session.query<{ rows: number }>('select caseload.drop_lost_quarantine() as rows')
  // Dead runs are `aborted` by now: this keeps a folder whose run is still `running`.
  const folders = await leftWorkFolders(session, parts.workRoot, [])
  return {
    batches,
    range_leaves: ranges?.rows[0]?.leaves ?? 0,
    stray_tables: orphanTables,
    lost_rejected_rows: lost.rows[0]?.rows ?? 0,
    // A run that ended since the listing has removed its own folder.
    work_folders: folders.filter(path => existsSync(path) && removeFolder(path, left)),
    left,
  }
}

function keptItems({ busy: batches, orphanTables }: Leftovers): Collected['left'] {
  return [
    ...batches.map(({ source, batch_date }) => ({ what: `${source} ${batch_date}`, reason: busy })),
    ...orphanTables.unknown.map(what => ({ what, reason: unknownTable })),
  ]
}

async function dropOrphanTables(session: Session, { orphanTables }: Leftovers, left: Left): Promise<readonly string[]> {
  const dropped: string[] = []
  for (const { schema, name, source, batch_date } of orphanTables.leaves) {
    const what = `${schema}.${name}`
    await unlessInUse(left, what, async () => {
      const result = await session.query<{ dropped: boolean }>(
        'select caseload.gc_drop_stray($1, $2, $3, $4) as dropped',
        [schema, name, source, batch_date],
      )
      if (result.rows[0]?.dropped === true) dropped.push(what)
      else left.push({ what, reason: busy })
    })
  }
  return dropped
}

type Left = { readonly what: string; readonly reason: string }[]

/** A table that a session reads stays until the next garbage collection. */
async function unlessInUse<T>(left: Left, what: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    const code = errorCode(error)
    if (code !== lockNotAvailable && code !== '40P01') throw error
    left.push({ what, reason: inUse })
    return undefined
  }
}

function removeFolder(path: string, left: Left): boolean {
  try {
    rmSync(path, { recursive: true, force: true })
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    left.push({ what: path, reason: `it cannot be removed (${code})` })
    return false
  }
}
