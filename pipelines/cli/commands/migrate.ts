import { Command, Option } from 'commander'
import { accessObstacle, planWords } from '../../ledger/access/plan-access.ts'
import { settleAccess } from '../../ledger/settle-access.ts'
import { type Migration, migrate, previewMigration } from '../../ledger/migrate.ts'
import { targetKinds } from '../../ledger/layout.ts'
import { ledgerVersion, type TargetKind } from '../../ledger/schema-state.ts'
import { lockWaitLimits } from '../../platform/lock-wait.ts'
import type { Session } from '../../platform/postgres.ts'
import { stopOnSignals } from '../../platform/signals.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { withSession } from './with-target.ts'

interface MigrateFlags extends CommonFlags {
  readonly dryRun?: boolean
  readonly target?: TargetKind
  /** The prefix that the user names; true for none named, false for --no-roles. */
  readonly roles?: string | boolean
}

/** `caseload migrate` */
export function migrateCommand(): Command {
  return withCommonFlags(new Command('migrate'))
    .description(
      'Create or upgrade the ledger and the canonical tables, and write what tables, views and columns mean as comments. Make the ' +
        'roles of docs/roles.md, give them what they may do, and all objects to the role of the owner. Safe to repeat; a run ' +
        'does the first part if needed.',
    )
    .option('--dry-run', 'print what would change, and change nothing')
    .addOption(
      new Option(
        '--target <target>',
        'what a new database is for: one server, or a Citus cluster (default: what it was made for, or postgres)',
      ).choices(targetKinds),
    )
    .option('--roles <prefix>', 'what the names of the roles begin with (default: that of the database, or caseload)')
    .option('--no-roles', 'create no roles and leave the owner of each object as it is')
    .addHelpText(
      'after',
      `
Examples:
  caseload migrate --dry-run
  caseload migrate
  caseload migrate --roles ward_north
  caseload migrate --no-roles
  caseload migrate --target citus`,
    )
    .action(async (flags: MigrateFlags) => {
      const asked = typeof flags.roles === 'string' ? flags.roles : undefined
      const roles = flags.roles === false ? false : asked
      if (flags.dryRun === true) {
        process.stdout.write(await withSession(flags, 'writes', session => previewText(session, roles, flags.target)))
        return
      }
      const { migration, access, queue } = await withSession(flags, 'makes', async session => ({
        migration: await migrate(session, { target: flags.target }),
        access: roles === false ? undefined : await settle(session, roles),
        queue: await makeQueueIfAllowed(session),
      }))
      const news = [
        ...migrationWords(migration),
        ...(access?.changed ?? []),
        ...(queue === 'made' ? ['the queue'] : []),
      ]
      process.stdout.write(
        `The ledger has version ${ledgerVersion()}; ${news.length === 0 ? 'nothing was missing' : news.join(', ')}.\n`,
      )
      if (access?.leftOut !== undefined) commandLog(flags).warn('migrate', access.leftOut)
      if (queue !== 'refused') return
      commandLog(flags).warn(
        'migrate',
        'the queue was not made: this role may not make a schema. caseload worker needs it; all other commands do not',
      )
    })
}

async function settle(session: Session, roles: string | undefined): ReturnType<typeof settleAccess> {
  const stop = stopOnSignals()
  try {
    return await settleAccess(session, roles, { limits: lockWaitLimits, signal: stop.signal })
  } finally {
    stop.release()
  }
}

const migrationWords = ({ applied, made, added }: Migration): readonly string[] => [
  ...applied,
  ...made.map(table => `table ${table}`),
  ...added.map(column => `column ${column}`),
]

async function previewText(
  session: Session,
  roles: string | false | undefined,
  target: TargetKind | undefined,
): Promise<string> {
  const { access, ...migration } = await previewMigration(session, roles, { target })
  const obstacle = access === undefined ? undefined : accessObstacle(access)
  const news = [
    ...migrationWords(migration),
    ...(access === undefined || obstacle !== undefined ? [] : planWords(access)),
  ]
  const lines = [
    news.length === 0
      ? `Nothing would change; the ledger has version ${ledgerVersion()}.`
      : `The ledger would have version ${ledgerVersion()}. These would be made or changed:`,
    ...news.map(one => `  ${one}`),
    ...(obstacle === undefined ? [] : [`Left out: ${obstacle}.`]),
    ...(access === undefined || obstacle !== undefined || planWords(access).length === 0
      ? []
      : ['To see the statements about roles: caseload grants --sql']),
  ]
  return `${lines.join('\n')}\n`
}

/** A database without the queue is complete for all who do not use one. */
async function makeQueueIfAllowed(session: Session): Promise<'made' | 'there' | 'refused'> {
  const { hasQueue, makeQueue, mayMakeQueue } = await import('../../operate/queue/boss.ts')
  if (!(await hasQueue(session)) && !(await mayMakeQueue(session))) return 'refused'
  return (await makeQueue(session)) ? 'made' : 'there'
}
