import { errorCode, lockNotAvailable, type Session } from '../platform/postgres.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'

const analyzeOnlySince = 180_000

/**
 * Renews the planner's statistics of a source's tables as a whole, where they are missing or a fifth off. Without them a
 * view over 60 leaves took 29.5 s that takes 5.7 s with them (PostgreSQL 15).
 *
 * PostgreSQL 18 can leave the leaves alone, which have statistics of their own since they were staged.
 *
 * A table that another session holds for over 100 ms is left as it is: often that is another batch that does the same, and
 * else the next run does it.
 *
 * @throws the server's error; nothing depends on it
 */
export async function renewStatistics(session: Session, source: string): Promise<void> {
  const stale = await session.query<{ table_name: string }>(readSql('sql/statements/ledger/stale_statistics.sql'), [source])
  if (stale.rows.length === 0) return
  const version = await session.query<{ number: string }>(`select current_setting('server_version_num') as number`)
  const only = Number(version.rows[0]?.number) >= analyzeOnlySince ? 'only ' : ''
  await session.query(`set lock_timeout = '100ms'`)
  for (const { table_name: table } of stale.rows) {
    try {
      await session.query(`analyze ${only}store.${quoteIdent(table)}`)
    } catch (error) {
      if (errorCode(error) !== lockNotAvailable) throw error
    }
  }
}
