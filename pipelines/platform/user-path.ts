import type { Session } from './postgres.ts'
import { readSql } from './sql.ts'

/** A role that may create objects in one of Caseload's schemas, although it could do less than we can. */
export interface SchemaCreator {
  readonly schema: string
  /** `public` stands for every role. */
  readonly role: string
}

/** Asks the catalogs who else may create in Caseload's schemas. */
export async function schemaCreators(session: Session): Promise<readonly SchemaCreator[]> {
  const found = await session.query<SchemaCreator>(readSql('sql/statements/platform/schema_creators.sql'))
  return found.rows
}

/** The schemas that a person need not name. */
const unnamed = ['clinical', 'store', 'caseload'] as const

/** Which schemas a user's own SQL need not name. */
export interface UserPath {
  /** A value of search_path. */
  readonly path: string
  /** What keeps the other schemas out, one row per role. */
  readonly leftOut: readonly SchemaCreator[]
}

/**
 * The search_path for SQL that a user wrote: schemas clinical, store and caseload, but none in which another role may create.
 * The server prefers a function whose argument types match more closely, whatever the order of the schemas, so that role
 * could have its code run by ours. Caseload's own statements name every schema and search pg_catalog alone.
 */
export async function userPath(session: Session): Promise<UserPath> {
  const creators = await schemaCreators(session)
  const leftOut = creators.filter(({ schema }) => unnamed.some(name => name === schema))
  const safe = unnamed.filter(name => !leftOut.some(({ schema }) => schema === name))
  return { path: ['pg_catalog', ...safe].join(', '), leftOut }
}

/** Why names of some schemas have to be written in full. */
export function leftOutWords(leftOut: readonly SchemaCreator[]): string {
  const who = leftOut.map(({ schema, role }) => `${role} may create in ${schema}`).join(', ')
  const [{ schema } = { schema: 'clinical' }] = leftOut
  return (
    `${who}: names in there must be written with their schema, such as ${schema}.<name>, because that role could put a ` +
    'function in the place of a built-in one. caseload doctor says how to revoke the right.'
  )
}
