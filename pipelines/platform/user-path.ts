import type { Session } from './postgres.ts'
import { readSql } from './sql.ts'

/** A role with fewer rights than the session's that may create objects in one of Caseload's schemas. */
export interface SchemaCreator {
  readonly schema: string
  /** `public` means every role. */
  readonly role: string
}

/** Reads which other roles may create objects in Caseload's schemas. */
export async function schemaCreators(session: Session): Promise<readonly SchemaCreator[]> {
  const found = await session.query<SchemaCreator>(readSql('sql/statements/platform/schema_creators.sql'))
  return found.rows
}

/** The schemas that a user's SQL need not name. */
const unnamed = ['clinical', 'store', 'caseload'] as const

/** The search_path for a user's SQL. */
export interface UserPath {
  /** A value of search_path. */
  readonly path: string
  /** Why the other schemas are left out, one entry per role. */
  readonly leftOut: readonly SchemaCreator[]
}

/**
 * The search_path for SQL that a user wrote: schemas clinical, store and caseload, except those in which another role may
 * create objects. The server prefers the function whose argument types match best, whatever the order of the schemas, so
 * that role could get its code run by this one. Caseload's own statements name every schema and search only pg_catalog.
 */
export async function userPath(session: Session): Promise<UserPath> {
  const creators = await schemaCreators(session)
  const leftOut = creators.filter(({ schema }) => unnamed.some(name => name === schema))
  const safe = unnamed.filter(name => !leftOut.some(({ schema }) => schema === name))
  return { path: ['pg_catalog', ...safe].join(', '), leftOut }
}

/** Explains why the names of some schemas have to be written in full. */
export function leftOutWords(leftOut: readonly SchemaCreator[]): string {
  const who = leftOut.map(({ schema, role }) => `${role} may create in ${schema}`).join(', ')
  const [{ schema } = { schema: 'clinical' }] = leftOut
  return (
    `${who}: write names in it with their schema, such as ${schema}.<name>, because that role could replace a ` +
    'built-in function. caseload doctor shows how to revoke the right.'
  )
}
