import type { Session } from '../postgres.ts'
import { quoteIdent, readSql } from '../sql.ts'
import { counted, error, few, type Finding, ok, warning } from './finding.ts'
import type { ServerFacts } from './server-facts.ts'

/** One schema of ours; no owner where it is not there. */
export interface SchemaRights {
  readonly name: string
  readonly owner: string | null
  /** Whether our role is its owner, or a member of it. */
  readonly is_ours: boolean
  readonly may_use: boolean
  readonly may_create: boolean
}

/** What another role owns in our schemas. */
export interface ForeignObjects {
  readonly owner: string
  readonly tables: number
  readonly functions: number
  /** Functions that we may not call. */
  readonly forbidden: number
}

/** What our role may do. */
export interface Rights {
  readonly schemas: readonly SchemaRights[]
  readonly foreign: readonly ForeignObjects[]
  readonly may_create_schemas: boolean
  readonly may_terminate: boolean
}

/** Asks the catalogs what the session's role may do. */
export async function lookUpRights(session: Session): Promise<Rights> {
  const schemas = await session.query<SchemaRights>(readSql('sql/statements/doctor_schemas.sql'))
  const foreign = await session.query<ForeignObjects>(readSql('sql/statements/doctor_owners.sql'))
  const grants = await session.query<Pick<Rights, 'may_create_schemas' | 'may_terminate'>>(
    readSql('sql/statements/doctor_grants.sql'),
  )
  const { may_create_schemas = false, may_terminate = false } = grants.rows[0] ?? {}
  return { schemas: schemas.rows, foreign: foreign.rows, may_create_schemas, may_terminate }
}

/**
 * Whether the role can migrate, stage and publish: ATTACH and DETACH want one that owns the leaf and its parent, or is a
 * member of the owner.
 */
export function rights(
  { schemas, foreign, may_create_schemas, may_terminate }: Rights,
  { login, role, database }: Pick<ServerFacts, 'login' | 'role' | 'database'>,
): readonly Finding[] {
  const missing = schemas.filter(schema => schema.owner === null).map(schema => schema.name)
  const closed = schemas.filter(
    ({ owner, is_ours, may_create, may_use }) => owner !== null && !(is_ours && may_create && may_use),
  )
  const findings: Finding[] = []
  if (missing.length > 0 && !may_create_schemas) {
    findings.push(
      error(
        'rights',
        `${role} may not create the schemas ${missing.join(', ')}`,
        `as the owner of the database: grant create on database ${quoteIdent(database)} to ${quoteIdent(role)}`,
      ),
    )
  }
  if (closed.length > 0) {
    const owners = [...new Set(closed.map(schema => schema.owner ?? ''))].filter(owner => owner !== role)
    findings.push(
      error(
        'rights',
        `${role} may not work in ${few(closed.map(schema => schema.name))}`,
        owners.length > 0
          ? `${owners.map(owner => grantRole(owner, login)).join('; ')} (a member of the owner acts as the owner)`
          : closed.map(({ name }) => `grant all on schema ${quoteIdent(name)} to ${quoteIdent(role)}`).join('; '),
      ),
    )
  } else if (foreign.length > 0) {
    const tables = foreign.reduce((sum, one) => sum + one.tables, 0)
    const functions = foreign.reduce((sum, one) => sum + Math.max(one.functions, one.forbidden), 0)
    findings.push(
      error(
        'rights',
        `${counted(tables, 'table')} and ${counted(functions, 'function')} in Caseload's schemas are not ${role}'s`,
        foreign.map(({ owner }) => grantRole(owner, role)).join('; '),
      ),
    )
  }
  if (!may_terminate) {
    findings.push(
      warning(
        'rights',
        `${role} may not end sessions of its own dead runs, and may have to wait for them`,
        `as a superuser: grant execute on function pg_terminate_backend to ${quoteIdent(role)}`,
      ),
    )
  }
  if (findings.length > 0) return findings
  const how = missing.length === schemas.length ? 'may create its schemas' : 'owns its schemas, tables and functions'
  return [ok('rights', `${role} ${how}`)]
}

function grantRole(owner: string, to: string): string {
  return `grant ${quoteIdent(owner)} to ${quoteIdent(to)}`
}
