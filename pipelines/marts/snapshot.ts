import { withAdvisoryLock } from '../platform/advisory-lock.ts'
import type { Log } from '../platform/log.ts'
import type { Session } from '../platform/postgres.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'
import { martLock } from '../publish/swap-version.ts'
import type { Ids } from './slice.ts'

const key = { expression: 'hashtextextended($1, 0)', parameters: [martLock] }

/** A refresh takes seconds; the first one of a large database takes minutes. */
const tenMinutes = 600_000

/** How to wait for another refresh. */
export interface MartLockOptions {
  readonly signal: AbortSignal
  /** Gets a line after about a second of waiting. */
  readonly log?: Log
}

/**
 * Does some work while no other session refreshes the marts.
 *
 * @throws LockedError when another session refreshes the marts for ten minutes; what the work throws
 */
export async function underMartLock<T>(
  session: Session,
  { signal, log }: MartLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const patience = tenMinutes
  const lockedMessage = (holder = ''): string =>
    `Another session${holder === '' ? '' : ` (${holder})`} has refreshed the marts for ${Math.round(patience / 1000)} s. ` +
    'Try again when it is done.'
  const onWaiting = (holder = 'another session'): void => {
    log?.info('marts', `waits for ${holder}, which refreshes the marts`)
  }
  return withAdvisoryLock(session, { key, patience, signal, onWaiting, lockedMessage }, work)
}

/**
 * Does some work in one transaction that sees one state of the store of these sources.
 *
 * Their parents are locked in the mode of a reader before the first query takes the snapshot, so that no publish falls between
 * the two: a snapshot older than a publish would see the new partitions and the old ledger. Publishes of these sources wait
 * until the work is over, readers and other sources never do.
 *
 * @returns what the work returns; undefined, after a rollback, if the work returns undefined because it needs other sources, or if
 *   a source got its first table between the two
 */
export async function inSnapshot<T>(
  session: Session,
  sources: Ids,
  work: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const parents = await parentsOf(session, sources)
  try {
    await session.query('begin isolation level repeatable read')
    // Compiling the statements of a refresh takes longer than it saves.
    await session.query('set local jit = off')
    // The planner does not know how many patients a refresh restricts each table to, and expects ten. With loops over what it
    // expects, 400 patients took 1.5 s, with hash joins 0.4 s (43 days of three sources).
    await session.query('set local enable_nestloop = off')
    await lockAsReader(session, parents)
    const isLocked = (await parentsOf(session, sources)).join() === parents.join()
    const result = isLocked ? await work() : undefined
    await session.query(result === undefined ? 'rollback' : 'commit')
    return result
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    throw error
  }
}

/**
 * Does some work in one transaction during which nothing of a source is published or taken away. Unlike {@link inSnapshot} it sees
 * what other sessions commit, so that both can write the same notes.
 */
export async function whilePublished(session: Session, source: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await session.query('begin')
    await lockAsReader(session, await parentsOf(session, [source]))
    await work()
    await session.query('commit')
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    throw error
  }
}

async function lockAsReader(session: Session, parents: readonly string[]): Promise<void> {
  if (parents.length === 0) return
  const list = parents.map(name => `only store.${quoteIdent(name)}`).join(', ')
  await session.query(`lock table ${list} in access share mode`)
}

async function parentsOf(session: Session, sources: Ids): Promise<readonly string[]> {
  const found = await session.query<{ name: string }>(readSql('sql/statements/marts/source_parents.sql'), [
    sources === 'all' ? null : sources,
  ])
  return found.rows.map(row => row.name)
}
