import type { Session } from '../postgres.ts'

const key = `hashtextextended('caseload/migrate', 0)`

/**
 * Does some work in one transaction while no other session migrates or makes views.
 *
 * The lock is the session's and is taken before the transaction begins: a transaction that waited for it inside would
 * look tables up in a catalog cache from before the wait.
 *
 * @throws what the work throws, after a rollback
 */
export async function underMigrationLock<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query(`select pg_advisory_lock(${key})`)
  try {
    await session.query('begin')
    const result = await work()
    await session.query('commit')
    return result
  } catch (error) {
    await session.query('rollback').catch(() => undefined)
    throw error
  } finally {
    await session.query(`select pg_advisory_unlock(${key})`).catch(() => undefined)
  }
}
