import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { asLogin } from '../embedded/target.ts'

/**
 * Ends sessions of runs that are dead, or of an attempt before, and waits for them. As the login: the owner's role, which a
 * login that is only its member works as, may not end the sessions of its members.
 *
 * @param names application names
 */
export async function endSessions(session: Session, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  await asLogin(session, () => session.query(readSql('sql/statements/ledger/end_sessions.sql'), [names]))
}
