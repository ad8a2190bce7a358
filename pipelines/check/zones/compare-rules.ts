import { DuckDbError } from '../../platform/duckdb-error.ts'
import type { DuckDB } from '../../platform/duckdb.ts'
import { UsageError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { errorCode } from '../../platform/server-error.ts'
import { quoteConstant, readSql } from '../../platform/sql.ts'
import { type ClockChange, differencesOf, type ZoneDifference } from './differences.ts'

const statement = 'sql/statements/check/zone_changes.sql'

/** Returns the clock changes of a zone from 1850 to 2100; undefined for an unknown zone. */
export type ClockOf = (zone: string) => Promise<readonly ClockChange[] | undefined>

/** Returns the differences between DuckDB's and PostgreSQL's rules of a zone. */
export type CompareZone = (zone: string) => Promise<readonly ZoneDifference[]>

/** Clock changes according to DuckDB. */
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

/** Clock changes according to PostgreSQL. */
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
 * Compares the rules of a zone in DuckDB and PostgreSQL.
 *
 * @throws UsageError if one of them does not know the zone
 */
export async function compareZone(zone: string, engine: ClockOf, server: ClockOf): Promise<readonly ZoneDifference[]> {
  if (zone === 'UTC') return []
  const [ofEngine, ofServer] = await Promise.all([engine(zone), server(zone)])
  if (ofEngine === undefined) {
    throw new UsageError(
      `DuckDB does not know the zone ${zone}. Use another zone of the same place, or a newer Caseload.`,
    )
  }
  if (ofServer === undefined) {
    throw new UsageError(
      `PostgreSQL does not know the zone ${zone}, and views count local days by its rules. Install the time zones on the ` +
        "server's machine (packages tzdata and tzdata-legacy), or use another zone of the same place.",
    )
  }
  return differencesOf(ofEngine, ofServer)
}
