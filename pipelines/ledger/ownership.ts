import { numberText } from '../platform/count-text.ts'
import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/** What prevents a migration, and the remedy, each one sentence without a full stop. */
export interface Obstacle {
  readonly found: string
  readonly remedy: string
}

/** The obstacle as an error: exit 2, nothing was changed. */
export function obstacleError({ found, remedy }: Obstacle): UsageError {
  return new UsageError(`${found}. Nothing was changed. To go on: ${remedy}.`)
}

/** True if the database has a ledger, which marks its schemas as Caseload's. */
export async function hasLedger(session: Session): Promise<boolean> {
  const found = await session.query<{ there: boolean }>(readSql('sql/statements/ledger/has_ledger.sql'))
  return found.rows[0]?.there === true
}

const ownDatabase =
  'create a database for Caseload alone (create database caseload) and name it in DATABASE_URL or PGDATABASE'

/** Objects in schemas of Caseload's names in a database without a ledger: it belongs to another application. */
export async function foreignObjects(session: Session): Promise<Obstacle | undefined> {
  if (await hasLedger(session)) return undefined
  const { rows } = await session.query<{ schema: string; what: string }>(
    readSql('sql/statements/ledger/foreign_objects.sql'),
  )
  if (rows.length === 0) return undefined
  const schemas = [...new Set(rows.map(row => row.schema))]
  const shown = rows.slice(0, 3).map(row => row.what)
  const more = rows.length > shown.length ? ` and ${numberText(rows.length - shown.length)} more` : ''
  return {
    found:
      `Expected ${schemas.length === 1 ? 'schema' : 'schemas'} ${schemas.join(', ')} to be absent or empty, since the database ` +
      `has no ledger of Caseload; found objects that Caseload has not made: ${shown.join(', ')}${more}`,
    remedy: ownDatabase,
  }
}

/**
 * Refuses names that an object has which Caseload has not made. The database must have a ledger.
 *
 * @throws UsageError naming the objects
 */
export async function requireMade(session: Session, schema: string, names: readonly string[]): Promise<void> {
  const { rows } = await session.query<{ name: string; kind: string }>(readSql('sql/statements/ledger/not_made.sql'), [
    schema,
    names,
  ])
  if (rows.length === 0) return
  const found = rows.map(({ name, kind }) => `${kind} ${schema}.${name}`).join(', ')
  throw obstacleError({
    found: `Expected these names to be free or Caseload's own, found objects that Caseload has not made: ${found}`,
    remedy: 'move them to another schema, or rename them',
  })
}

/** Records that Caseload made these tables or views. */
export async function noteMade(session: Session, schema: string, names: readonly string[]): Promise<void> {
  await session.query(readSql('sql/statements/ledger/note_made.sql'), [schema, names])
}

/** Only UTF8 has every character that a delivery can hold; SQL_ASCII accepts all bytes and checks none. */
export function wrongEncoding(encoding: string): Obstacle | undefined {
  if (encoding === 'UTF8') return undefined
  return {
    found: `Expected a database in the encoding UTF8, found ${encoding}`,
    remedy:
      `make a database for Caseload, create database <name> encoding 'UTF8' template template0, and name it in ` +
      'DATABASE_URL or PGDATABASE',
  }
}

/**
 * Refuses a database of another encoding than UTF8, and one in which another role owns functions in the ledger's schema.
 *
 * @throws UsageError naming the reason
 */
export async function requireFitness(session: Session): Promise<void> {
  const { rows } = await session.query<{ encoding: string; strange_functions: string }>(
    readSql('sql/statements/ledger/fitness.sql'),
  )
  const [{ encoding, strange_functions: strange } = { encoding: '', strange_functions: '' }] = rows
  const obstacle = wrongEncoding(encoding)
  if (obstacle !== undefined) throw obstacleError(obstacle)
  if (strange === '' || !(await hasLedger(session))) return
  throw obstacleError({
    found: `Expected every function of schema caseload to be Caseload's own, found functions of another role: ${strange}`,
    remedy: 'drop them, and revoke create on schema caseload from that role (caseload doctor says how)',
  })
}

/** The obstacle of a session that may not write. */
export function readOnlyObstacle(isStandby: boolean): Obstacle {
  return isStandby
    ? {
        found: 'The server is a standby and accepts no writes',
        remedy: 'name the primary in DATABASE_URL or PGHOST',
      }
    : {
        found: 'The session may only read: default_transaction_read_only is on for this login, database or server',
        remedy: 'name a login or database that may write, in DATABASE_URL (or PGUSER, PGDATABASE)',
      }
}

/** Why a session may not write; undefined if it may. */
export async function writeObstacle(session: Session): Promise<Obstacle | undefined> {
  const { rows } = await session.query<{ read_only: boolean; standby: boolean }>(
    `select current_setting('transaction_read_only') = 'on' as read_only, pg_is_in_recovery() as standby`,
  )
  return rows[0]?.read_only === true ? readOnlyObstacle(rows[0].standby) : undefined
}

/**
 * Refuses a session that may only read.
 *
 * @throws UsageError with the reason and the remedy
 */
export async function requireWritable(session: Session): Promise<void> {
  const obstacle = await writeObstacle(session)
  if (obstacle !== undefined) throw obstacleError(obstacle)
}
