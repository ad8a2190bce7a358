import type { StatusWindow } from '../ledger/status.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/** A source of which the marts do not hold what is published. */
export interface MartsBehind {
  readonly source: string
  /** Batches that were published, replaced or taken away since the last refresh. */
  readonly behind_by: number
  readonly behind_since: string
  /** For more than an hour: no refresh is to come by itself. A command refreshes when it ends, a worker every five minutes. */
  readonly is_late: boolean
}

/**
 * The sources of a window of which the marts are behind; the days of the window do not count.
 *
 * @param warn gets one sentence, without a full stop, if the login may not know
 */
export async function martsBehind(
  session: Session,
  { sources, now }: Pick<StatusWindow, 'sources' | 'now'>,
  warn: (message: string) => void,
): Promise<readonly MartsBehind[]> {
  const [right] = (await session.query<{ may_read: boolean }>(readSql('sql/statements/marts/may_read_freshness.sql')))
    .rows
  if (right === undefined) return []
  if (!right.may_read) {
    warn('the marts are not looked at: this login may not read mart.freshness')
    return []
  }
  const found = await session.query<MartsBehind>(readSql('sql/statements/marts/behind.sql'), [
    sources.length === 0 ? null : sources,
    now.toISOString(),
  ])
  return found.rows
}
