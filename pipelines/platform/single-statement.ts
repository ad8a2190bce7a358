import type { Session } from './postgres.ts'

/**
 * Runs the SQL of somebody's own file as exactly one statement: the extended protocol takes no second one, whatever quotes
 * and comments stand in the text.
 *
 * @returns the rows, empty for a statement that gives none
 * @throws the server's error, 42601 where there are several statements
 */
export async function loneQuery<Row extends object>(session: Session, text: string): Promise<readonly Row[]> {
  // The driver knows the member, its types do not.
  const query = { text, queryMode: 'extended' }
  const { rows } = await session.query<Row & Record<string, unknown>>(query)
  return rows
}
