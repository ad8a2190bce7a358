import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'
import { type Mart, readModel } from './definitions.ts'
import { notedMarts } from './make-marts.ts'
import { refreshLocked, type RefreshOptions } from './refresh.ts'
import { inSnapshot, underMartLock } from './snapshot.ts'
import { readFreshness } from './status.ts'

interface Compared {
  readonly rows: number
  /** Rows of the mart that the live view has not. */
  readonly surplus: number
  /** Rows of the live view that the mart lacks. */
  readonly missing: number
}

/** A mart beside its live view. */
export interface VerifiedMart extends Compared {
  readonly mart: string
  readonly ms: number
}

/**
 * Compares marts with their live views, row by row, each in a snapshot of its own and after a refresh: what was published a moment ago is no
 * difference. Publishes wait while one mart is compared. The database has marts.
 *
 * @param names of the marts; none for all
 * @throws UsageError for a name that is no mart; LockedError as {@link refreshMarts} does
 */
export async function verifyMarts(
  session: Session,
  options: RefreshOptions,
  names: readonly string[],
): Promise<readonly VerifiedMart[]> {
  return underMartLock(session, options, async () => {
    const verified: VerifiedMart[] = []
    await refreshLocked(session, options)
    for (const mart of await chosenMarts(session, options, names)) {
      const found = await verifyMart(session, options, mart)
      options.log?.info('marts', `${mart.name}: ${found.rows} rows compared in ${(found.ms / 1000).toFixed(1)} s`)
      verified.push(found)
    }
    return verified
  })
}

async function chosenMarts(
  session: Session,
  { views }: RefreshOptions,
  names: readonly string[],
): Promise<readonly Mart[]> {
  const { marts } = await readModel(session, views, await notedMarts(session))
  const unknown = names.filter(name => marts.every(mart => mart.name !== name))
  if (unknown.length > 0) {
    const known = marts.map(mart => mart.name).join(', ')
    throw new UsageError(`Expected names of marts, found ${unknown.join(', ')}. There are: ${known}.`)
  }
  return names.length === 0 ? marts : marts.filter(mart => names.includes(mart.name))
}

/** Begins again when a batch is published between the refresh and the snapshot. */
async function verifyMart(session: Session, options: RefreshOptions, mart: Mart): Promise<VerifiedMart> {
  // Its view may ask for the time of day, and the marts before it took their time.
  if (mart.kind === 'whole') await refreshLocked(session, options)
  for (;;) {
    options.signal.throwIfAborted()
    const began = performance.now()
    const found = await inSnapshot(session, 'all', async () => {
      const sources = await readFreshness(session)
      return sources.some(one => one.behind_by > 0) ? undefined : compare(session, mart)
    })
    if (found !== undefined) return { mart: mart.name, ...found, ms: Math.round(performance.now() - began) }
    await refreshLocked(session, options)
  }
}

async function compare(session: Session, { name, columns }: Mart): Promise<Compared> {
  const statement = readSql('sql/statements/marts/compare.sql')
    .replaceAll(':name', () => quoteIdent(name))
    .replaceAll(':columns', () => columns.map(quoteIdent).join(', '))
  const [found] = (await session.query<Compared>(statement)).rows
  if (found === undefined) throw new Error('a query of aggregates has one row')
  return found
}
