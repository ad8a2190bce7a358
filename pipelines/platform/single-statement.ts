import type { Session } from './postgres.ts'

/**
 * Runs the SQL of a user's file as exactly one statement: the extended protocol accepts no second statement, whatever quotes
 * and comments the text contains.
 *
 * @returns the rows; empty for a statement that returns none
 * @throws the server's error, 42601 if the text has several statements
 */
export async function querySingleStatement<Row extends object>(
  session: Session,
  text: string,
): Promise<readonly Row[]> {
  // The driver supports queryMode; its types do not declare it.
  const query = { text, queryMode: 'extended' }
  const { rows } = await session.query<Row & Record<string, unknown>>(query)
  return rows
}
