import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { asLogin } from '../embedded/target.ts'

/**
 * Ends the sessions of dead runs, or of an earlier attempt, and waits until they are gone. Works as the login: a member of the
 * owner's role takes that role for its statements, and the role may not end the sessions of its members.
 *
 * @param names application names
 */
export async function endSessions(session: Session, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  await asLogin(session, () => session.query(readSql('sql/statements/ledger/end_sessions.sql'), [names]))
}
