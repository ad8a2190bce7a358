import { quoteConstant, quoteIdent } from '../../platform/sql.ts'
import { directStatements } from './access-sql.ts'
import type { OwnedObject } from './catalogue.ts'
import { type MemberRole, type RoleNames, rolePurposes } from './role-names.ts'
import type { AccessPlan } from './plan-access.ts'

const statementLines = (statements: readonly string[]): string => statements.map(one => `${one};\n`).join('')

/** The script that gives a database its roles, for a login that may create roles: all that {@link AccessPlan} names, and the record of it. */
export function accessScript(plan: AccessPlan): string {
  const { names, facts, roles, schemaRight, owners, grants } = plan
  const everything = [...roles, ...(schemaRight === undefined ? [] : [schemaRight]), ...owners, ...grants]
  if (everything.length === 0)
    return `-- Nothing is missing: the roles ${names.prefix}_* have what docs/roles.md says.\n`
  return (
    `-- Gives database ${facts.database} its roles, see docs/roles.md. Run it in this database, as a superuser or as a login\n` +
    `-- that may create roles, owns the database and is a member of the owner of its objects.\n` +
    purposes(names) +
    'begin;\n' +
    statementLines(everything) +
    `insert into caseload.access (prefix) values (${quoteConstant(names.prefix)}) on conflict do nothing;\n` +
    'commit;\n'
  )
}

/** The part of it that a database without a ledger needs. */
export function rolesScript(names: RoleNames, statements: readonly string[], database: string): string {
  return (
    `-- The roles of Caseload for database ${database}, which has no ledger yet: caseload migrate makes it, and grants the rest.\n` +
    purposes(names) +
    statementLines(statements)
  )
}

function purposes({ owner, of }: RoleNames): string {
  const lines = [
    `${owner}: ${rolePurposes.owner}`,
    ...Object.entries(of).map(([role, name]) => `${name}: ${rolePurposes[role as MemberRole]}`),
  ]
  return lines.map(line => `-- ${line}\n`).join('')
}

/** What a login of a role need not name in its own SQL. The commands of Caseload set a path of their own. */
const paths: Readonly<Record<MemberRole, readonly string[]>> = {
  loader: [],
  operator: ['clinical', 'store', 'caseload'],
  clinical: ['mart', 'clinical'],
  care: ['mart', 'care'],
  quality: ['clinical', 'caseload'],
  audit: ['caseload'],
}

/** What a script for a login is made from. */
export interface LoginScriptOptions {
  readonly login: string
  readonly role: 'owner' | MemberRole
  readonly database: string
  /** True if the login exists. */
  readonly exists: boolean
  /** The membership has options, since PostgreSQL 16. */
  readonly hasOptions: boolean
  /** The roles of the database; undefined if it has none: then the grants go to the login itself. */
  readonly names: RoleNames | undefined
  /** Who owns the objects. */
  readonly owner: string
  readonly objects: readonly OwnedObject[]
}

/** The statements that let a login do what a role may do, with its search_path. */
export function loginScript(options: LoginScriptOptions): string {
  const { login, role, database, exists, hasOptions, names, owner, objects } = options
  const [name, inDatabase] = [quoteIdent(login), quoteIdent(database)]
  const member = names === undefined ? owner : role === 'owner' ? names.owner : names.of[role]
  const isMember = names !== undefined || role === 'owner'
  const join = `grant ${quoteIdent(member)} to ${name}${hasOptions ? ' with inherit true, set true' : ''}`
  const path = role === 'owner' ? [] : paths[role]
  return (
    `-- Login ${login}: ${rolePurposes[role]}, in database ${database}. See docs/roles.md.\n` +
    (isMember
      ? ''
      : '-- The database has no roles, so what is granted goes to the login itself, also for what is made later.\n') +
    (exists
      ? ''
      : `-- Set its password with \\password ${name}: a password in a script stays in logs and histories.\ncreate role ${name} login;\n`) +
    statementLines([
      `grant connect on database ${inDatabase} to ${name}`,
      ...(isMember ? [join] : directStatements(objects, role, { login, owner })),
      ...(path.length === 0
        ? []
        : [`alter role ${name} in database ${inDatabase} set search_path = ${path.join(', ')}`]),
    ])
  )
}
