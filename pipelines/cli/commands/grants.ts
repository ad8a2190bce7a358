import { Command, Option } from 'commander'
import { roleStatements, schemaRightStatement } from '../../ledger/access/access-sql.ts'
import { readFacts, readObjects, recordedPrefix } from '../../ledger/access/catalogue.ts'
import { defaultPrefix, type MemberRole, memberRoles, roleNames } from '../../ledger/access/role-names.ts'
import { accessScript, loginScript, rolesScript } from '../../ledger/access/script.ts'
import { planAccess } from '../../ledger/access/plan-access.ts'
import { isDistributed, rolesRefused } from '../../ledger/layout.ts'
import { hasReadableLedger } from '../../ledger/schema-state.ts'
import { UsageError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { withSession } from './with-target.ts'

interface GrantsFlags extends CommonFlags {
  readonly sql?: boolean
  readonly roles?: string
  readonly role?: 'owner' | MemberRole
}

/** `caseload grants` */
export function grantsCommand(): Command {
  return withCommonFlags(new Command('grants'))
    .description(
      'Print the statements that create the roles and their grants (--sql), for a login that may create roles, or the statements that ' +
        'make a login a member of a role. Changes nothing.',
    )
    .argument('[login]', 'a login, such as that of a BI tool; it need not exist yet')
    .addOption(new Option('--role <role>', 'what the login is to do').choices(['owner', ...memberRoles]))
    .option('--sql', 'print the script that makes the roles and grants what they may do')
    .option(
      '--roles <prefix>',
      `what the names of the roles begin with (default: that of the database, or ${defaultPrefix})`,
    )
    .addHelpText(
      'after',
      `
Examples:
  caseload grants --sql > roles.sql
  caseload grants metabase --role clinical
  caseload grants nightly_load --role loader`,
    )
    .action(async (login: string | undefined, flags: GrantsFlags) => {
      const { sql, role } = flags
      if ((login === undefined) === (sql !== true) || (login === undefined) !== (role === undefined)) {
        throw new UsageError('Expected either --sql, or a login and --role. See caseload grants --help.')
      }
      const text = await withSession(flags, 'reads', session =>
        login === undefined || role === undefined
          ? scriptOfDatabase(session, flags.roles)
          : scriptOfLogin(session, login, role, flags.roles),
      )
      process.stdout.write(text)
    })
}

async function scriptOfDatabase(session: Session, asked: string | undefined): Promise<string> {
  if (await hasReadableLedger(session)) {
    const plan = await planAccess(session, asked, await rolesRefused(session))
    if (plan.refused !== undefined) throw new UsageError(`${plan.refused}.`)
    return accessScript(plan)
  }
  const names = roleNames(asked ?? defaultPrefix)
  const facts = await readFacts(session, names)
  return rolesScript(names, [...roleStatements(names, facts), schemaRightStatement(names, facts)], facts.database)
}

async function scriptOfLogin(
  session: Session,
  login: string,
  role: 'owner' | MemberRole,
  asked: string | undefined,
): Promise<string> {
  if (!(await hasReadableLedger(session))) {
    throw new UsageError('Expected a database with a ledger, found none. Call caseload migrate first.')
  }
  const onlyMarts = role !== 'owner' && (await isDistributed(session))
  if (onlyMarts && role !== 'clinical') {
    throw new UsageError(
      `Expected --role owner or --role clinical on target citus, found ${role}: Citus asks on the shards for the rights of the login ` +
        'itself, so that the views and functions of the owner lend it none.',
    )
  }
  const prefix = await recordedPrefix(session)
  if (role === 'care' && prefix === undefined) {
    throw new UsageError(
      'Expected a database with roles, since row rights need one of them; found none. Call caseload migrate first.',
    )
  }
  const names = roleNames(prefix ?? asked ?? defaultPrefix)
  const facts = await readFacts(session, names)
  const found = await session.query<{ owner: string; exists: boolean }>(readSql('sql/statements/access/login.sql'), [
    login,
  ])
  const { owner = names.owner, exists = false } = found.rows[0] ?? {}
  const script = loginScript({
    login,
    role,
    database: facts.database,
    exists,
    hasOptions: facts.has_options,
    names: prefix === undefined ? undefined : names,
    owner,
    objects: await readObjects(session, { ...names, owner }),
  })
  return onlyMarts ? `${onlyMartsNote}${script}` : script
}

const onlyMartsNote =
  '-- Target citus: this login reads the marts, and no live view. Citus asks on the shards for the rights of the login itself.\n'
