import type { Session } from '../platform/postgres.ts'
import { quoteIdent, readSql } from '../platform/sql.ts'
import type { Obstacle } from './ownership.ts'

/** One of Caseload's schemas; without an owner if it does not exist. */
export interface SchemaRights {
  readonly name: string
  readonly owner: string | null
  /** Whether the session's role is the owner, or a member of it. */
  readonly is_ours: boolean
  readonly may_use: boolean
  readonly may_create: boolean
}

/** The login, the role and the database of a session. */
export interface Acting {
  readonly login: string
  /** The role that statements run as. */
  readonly role: string
  readonly database: string
}

/** What the session's role may do with the schemas. */
export interface CreateRights {
  readonly schemas: readonly SchemaRights[]
  readonly may_create_schemas: boolean
}

/** What prevents the role from making Caseload's schemas, or objects in them. */
export function createObstacles(
  { schemas, may_create_schemas }: CreateRights,
  { login, role, database }: Acting,
): readonly Obstacle[] {
  const missing = schemas.filter(schema => schema.owner === null).map(schema => schema.name)
  const closed = schemas.filter(({ owner, may_create, may_use }) => owner !== null && !(may_create && may_use))
  const obstacles: Obstacle[] = []
  if (missing.length > 0 && !may_create_schemas) {
    obstacles.push({
      found: `${role} may not create the schemas ${missing.join(', ')}`,
      remedy: `as the owner of the database: grant create on database ${quoteIdent(database)} to ${quoteIdent(role)}`,
    })
  }
  if (closed.length > 0) {
    const names = closed.map(schema => schema.name)
    const owners = [...new Set(closed.map(schema => schema.owner ?? ''))].filter(owner => owner !== role)
    obstacles.push({
      found: `${role} may not work in ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`,
      remedy:
        owners.length > 0
          ? `${owners.map(owner => grantRole(owner, login)).join('; ')} (a member of the owner acts as the owner)`
          : names.map(name => `grant all on schema ${quoteIdent(name)} to ${quoteIdent(role)}`).join('; '),
    })
  }
  return obstacles
}

/** The statement that lets a login act as a role. */
export function grantRole(owner: string, to: string): string {
  return `grant ${quoteIdent(owner)} to ${quoteIdent(to)}`
}

/** Who the session's statements run as. */
export async function lookUpActing(session: Session): Promise<Acting> {
  const { rows } = await session.query<Acting>(
    'select session_user::text as login, current_user::text as role, current_database()::text as database',
  )
  const [acting] = rows
  if (acting === undefined) throw new Error('a query of one row gave none')
  return acting
}

/** Asks the catalogs what the session's role may do with the schemas. */
export async function lookUpCreateRights(session: Session): Promise<CreateRights> {
  const schemas = await session.query<SchemaRights>(readSql('sql/statements/ledger/schemas.sql'))
  const grants = await session.query<Pick<CreateRights, 'may_create_schemas'>>(
    readSql('sql/statements/ledger/grants.sql'),
  )
  return { schemas: schemas.rows, may_create_schemas: grants.rows[0]?.may_create_schemas ?? false }
}
