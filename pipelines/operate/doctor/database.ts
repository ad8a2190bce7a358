import { type Obstacle, readOnlyObstacle, wrongEncoding } from '../../ledger/ownership.ts'
import { error, type Finding, ok } from './finding.ts'
import type { ServerFacts } from './server.ts'

/**
 * Whether the database can be Caseload's: in UTF8, one that can be written, and with nothing of another application's where
 * Caseload's tables would lie. In the words with which a run refuses it.
 *
 * @param foreign what another application has in schemas of our names
 */
export function database(
  {
    database: name,
    encoding,
    default_read_only,
    standby,
  }: Pick<ServerFacts, 'database' | 'encoding' | 'default_read_only' | 'standby'>,
  foreign: Obstacle | undefined,
): readonly Finding[] {
  // What is said of the server tells of a standby.
  const readOnly = default_read_only === 'on' && !standby ? readOnlyObstacle(false) : undefined
  const obstacles = [wrongEncoding(encoding), readOnly, foreign].filter(one => one !== undefined)
  if (obstacles.length === 0) return [ok('database', `${name} is in ${encoding} and can be written`)]
  return obstacles.map(({ found, remedy }) => error('database', found, remedy))
}
