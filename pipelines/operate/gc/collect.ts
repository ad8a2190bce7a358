import { existsSync, rmSync } from 'node:fs'
import { sessionName } from '../../source/batch.ts'
import { endSessions } from '../../ledger/end-sessions.ts'
import { errorCode, lockNotAvailable, type Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { type BatchLeftovers, findLeftovers, type LeftoverParts, type Leftovers } from './leftovers.ts'
import { leftWorkFolders } from './work-folders.ts'

/** What a garbage collection removed, or would remove. */
export interface Collected {
  /** Batches of which something was removed. */
  readonly batches: readonly BatchLeftovers[]
  /** How many leaves that dead operations staged to merge or split a month. */
  readonly range_leaves: number
  /** Leaves that the ledger did not know, as `schema.name`. */
  readonly stray_tables: readonly string[]
  /** Rejected rows of runs that the ledger has no row of. */
  readonly lost_rejected_rows: number
  /** Private folders of runs that ended. */
  readonly work_folders: readonly string[]
  /** What was left alone, and why. */
  readonly left: readonly { readonly what: string; readonly reason: string }[]
}

/** What a garbage collection works with. */
export interface CollectParts extends Omit<LeftoverParts, 'elsewhereIsDead'> {
  /**
   * Called when runs of other machines have no lock: waits until they would have it again if they lived.
   *
   * @param runs how many there are
   */
  readonly letThemReconnect: (runs: number) => Promise<void>
}

const busy = 'a run works on the batch'
const inUse = 'somebody reads one of its tables'
const unknownTable = 'it is no leaf of ours by its name and its defaults'

/** What a garbage collection would remove now; changes nothing. */
export async function previewGarbage(session: Session, parts: CollectParts): Promise<Collected> {
  const found = await findLeftovers(session, { ...parts, elsewhereIsDead: true })
  return {
    batches: found.batches,
    range_leaves: found.rangeLeaves.length,
    stray_tables: found.orphanTables.leaves.map(({ schema, name }) => `${schema}.${name}`),
    lost_rejected_rows: found.lostRejects,
    work_folders: found.workFolders,
    left: leftAlone(found),
  }
}

/**
 * Removes what dead runs left behind, batch by batch, each under its own lock and in a transaction of its own: a batch that
 * is being run is left alone, and what was removed stays removed when this is interrupted. Done twice, the second finds
 * nothing.
 *
 * @param session as the owner, on a migrated database; its `lock_timeout` bounds how long a reader of a detached version is
 *   waited for
 */
export async function collectGarbage(session: Session, parts: CollectParts): Promise<Collected> {
  const first = await findLeftovers(session, { ...parts, elsewhereIsDead: false })
  if (first.elsewhere.length > 0) await parts.letThemReconnect(first.elsewhere.length)
  const found = first.elsewhere.length > 0 ? await findLeftovers(session, { ...parts, elsewhereIsDead: true }) : first
  // A run that appeared while we waited has not been waited for.
  const seen = new Set(first.elsewhere.map(run => run.run_id))
  const dead = found.dead.filter(run => run.host === parts.machine.host || seen.has(run.run_id))

  const left = [...leftAlone(found)]
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
  const lost = await session.query(readSql('sql/statements/gc/delete_lost_quarantine.sql'))
  // By now dead runs have ended: a folder whose run still says it is running is left.
  const folders = await leftWorkFolders(session, parts.workRoot, [])
  return {
    batches,
    range_leaves: ranges?.rows[0]?.leaves ?? 0,
    stray_tables: orphanTables,
    lost_rejected_rows: lost.rowCount ?? 0,
    // A run that has ended since they were listed has removed its own.
    work_folders: folders.filter(path => existsSync(path) && removeFolder(path, left)),
    left,
  }
}

function leftAlone({ busy: batches, orphanTables }: Leftovers): Collected['left'] {
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

/** A reader of a table that should go keeps it until the next time. */
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
