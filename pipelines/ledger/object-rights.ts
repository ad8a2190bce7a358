import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/** What the session's role may do with one object. */
export interface ObjectRights {
  readonly kind: 'schema' | 'table' | 'view' | 'sequence' | 'function'
  readonly schema: string
  /** A function has the types of its arguments behind its name. */
  readonly name: string
  readonly owner: string
  /** Whether the session's role is the owner, or a member of it. */
  readonly is_ours: boolean
  readonly may_read: boolean
  readonly may_write: boolean
}

/**
 * Asks the catalogs what the session's role may do with Caseload's objects.
 *
 * @param said a text; other objects whose name occurs in it are looked up, too
 */
export async function lookUpObjectRights(session: Session, said?: string): Promise<readonly ObjectRights[]> {
  const found = await session.query<ObjectRights>(readSql('sql/statements/ledger/object_rights.sql'), [said ?? null])
  return found.rows
}

/** The object that the message names and on which the role lacks a right: of several the one with the longest name. */
export function refusedObject(said: string, objects: readonly ObjectRights[]): ObjectRights | undefined {
  const named = objects.filter(one => !one.may_write && isNamed(bareName(one), said))
  const longest = Math.max(...named.map(one => bareName(one).length))
  const found = named.filter(one => bareName(one).length === longest)
  return found.find(candidate => !candidate.may_read) ?? found[0]
}

/** Without the arguments of a function. */
export const bareName = ({ name }: ObjectRights): string => name.replace(/\(.*/s, '')

/** True if the name stands in the text as a word of its own. */
export function isNamed(name: string, text: string): boolean {
  for (let at = text.indexOf(name); at !== -1; at = text.indexOf(name, at + 1)) {
    if (!/\w$/.test(text.slice(0, at)) && !/^\w/.test(text.slice(at + name.length))) return true
  }
  return false
}
