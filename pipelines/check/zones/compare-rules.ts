import { DuckDbError } from '../../platform/duckdb-error.ts'
import type { DuckDB } from '../../platform/duckdb.ts'
import { UsageError } from '../../platform/errors.ts'
import { errorCode, type Session } from '../../platform/postgres.ts'
import { quoteConstant, readSql } from '../../platform/sql.ts'
import { type ClockChange, differencesOf, type ZoneDifference } from './differences.ts'

const statement = 'sql/statements/check/zone_changes.sql'

/** Gives the clock changes of a zone, from 1850 to 2100; undefined if it does not know the zone. */
export type ClockOf = (zone: string) => Promise<readonly ClockChange[] | undefined>

/** Says where the engine and the server differ about a zone. */
export type CompareZone = (zone: string) => Promise<readonly ZoneDifference[]>

/** Asks DuckDB. */
export function engineClock(duckdb: DuckDB): ClockOf {
  return async zone => {
    try {
      const rows = await duckdb.rows(readSql(statement).replaceAll('$1', () => quoteConstant(zone)))
      return rows.map(row => ({ moment: Number(row['moment']), ahead: Number(row['ahead']) }))
    } catch (error) {
      if (error instanceof DuckDbError && error.category === 'not implemented') return undefined
      throw error
    }
  }
}

/** Asks PostgreSQL. */
export function serverClock(session: Session): ClockOf {
  return async zone => {
    try {
      const found = await session.query<{ moment: string; ahead: string }>(readSql(statement), [zone])
      return found.rows.map(row => ({ moment: Number(row.moment), ahead: Number(row.ahead) }))
    } catch (error) {
      // invalid_parameter_value: time zone not recognized
      if (errorCode(error) === '22023') return undefined
      throw error
    }
  }
}

/**
 * Compares the rules of a zone, both programs at once.
 *
 * @throws UsageError if one of them does not know the zone
 */
export async function compareZone(zone: string, engine: ClockOf, server: ClockOf): Promise<readonly ZoneDifference[]> {
  if (zone === 'UTC') return []
  const [ours, theirs] = await Promise.all([engine(zone), server(zone)])
  if (ours === undefined) {
    throw new UsageError(
      `DuckDB does not know the zone ${zone}. Name another one of the same place, or use a newer Caseload.`,
    )
  }
  if (theirs === undefined) {
    throw new UsageError(
      `PostgreSQL does not know the zone ${zone}, and views count local days by its rules. Install the time zones on the ` +
        "server's machine (packages tzdata and tzdata-legacy), or name another zone of the same place.",
    )
  }
  return differencesOf(ours, theirs)
}
