import { withAdvisoryLock } from '../platform/advisory-lock.ts'
import type { Session } from '../platform/postgres.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'

const key = { expression: 'hashtextextended($1, 0)', parameters: ['caseload/marts'] }

/** A refresh takes seconds; the first one of a large database takes minutes. */
const tenMinutes = 600_000

/** How a refresh waits for another one. */
export interface MartLockOptions {
  readonly signal: AbortSignal
  readonly patience?: number
}

/**
 * Does some work in one transaction that sees one state of the store, while no other session refreshes the marts.
 *
 * The parents of all sources are locked in the mode of a reader before the first query takes the snapshot. So no publish falls
 * between the two: a snapshot older than a publish would see the new partitions and the old ledger. Publishes of other
 * batches wait until the work is over, readers never do.
 *
 * @throws LockedError when another session refreshes the marts for longer than the patience; what the work throws, after a rollback
 */
export async function inSnapshot<T>(
  session: Session,
  { signal, patience = tenMinutes }: MartLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const lockedMessage = (holder = ''): string =>
    `Another session${holder === '' ? '' : ` (${holder})`} has refreshed the marts for ${Math.round(patience / 1000)} s. ` +
    'Try again when it is done.'
  return withAdvisoryLock(session, { key, patience, signal, lockedMessage }, async () => {
    for (;;) {
      signal.throwIfAborted()
      const parents = await sourceParents(session)
      try {
        await session.query('begin isolation level repeatable read')
        // Compiling the statements of a refresh takes longer than it saves.
        await session.query('set local jit = off')
        // The planner does not know how many patients a refresh restricts each table to, and expects ten. With loops over what it
        // expects, 400 patients took 1.5 s, with hash joins 0.4 s (43 days of three sources).
        await session.query('set local enable_nestloop = off')
        if (parents.length > 0) {
          await session.query(
            `lock table ${parents.map(name => `only store.${quoteIdent(name)}`).join(', ')} in access share mode`,
          )
        }
        // A source that was new between the two is not locked: begin again, with it.
        if ((await sourceParents(session)).join() !== parents.join()) {
          await session.query('rollback')
          continue
        }
        const result = await work()
        await session.query('commit')
        return result
      } catch (error) {
        await session.query('rollback').catch(() => undefined)
        throw error
      }
    }
  })
}

async function sourceParents(session: Session): Promise<readonly string[]> {
  const found = await session.query<{ name: string }>(readSql('sql/statements/marts/source_parents.sql'))
  return found.rows.map(row => row.name)
}
