import { Command } from 'commander'
import { careStatus, type CareStatus } from '../../ledger/access/care-team.ts'
import { type SwitchOptions, turnRowRightsOff, turnRowRightsOn } from '../../ledger/switch-row-rights.ts'
import { ensureMigrated } from '../../ledger/migrate.ts'
import { hasReadableLedger } from '../../ledger/schema-state.ts'
import { countText } from '../../platform/count-text.ts'
import { UsageError } from '../../platform/errors.ts'
import { lockWaitLimits } from '../../platform/lock-wait.ts'
import type { Session } from '../../platform/postgres.ts'
import { stopOnSignals } from '../../platform/signals.ts'
import { addCommand, endCommand, lsCommand } from './care-team.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { printJson } from './print-json.ts'
import { withSession } from './with-target.ts'

/** `caseload care` */
export function careCommand(): Command {
  return new Command('care')
    .description(
      'Row rights: members of the role care see the patients that the care team gives them, in schema care and in the marts. ' +
        'Off until caseload care on. See docs/roles.md.',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  caseload care on\n  caseload care add dr_moss --source icu --patients ids.txt\n  caseload care ls',
    )
    .addCommand(
      switchCommand('on', {
        description:
          'make schema care, give the marts their policies, and let the role care read both. Repeat it to make what is missing',
        act: turnRowRightsOn,
      }),
    )
    .addCommand(
      switchCommand('off', {
        description: 'remove schema care and the policies: the role care reads nothing. The care team stays',
        act: turnRowRightsOff,
      }),
    )
    .addCommand(statusCommand())
    .addCommand(addCommand())
    .addCommand(lsCommand())
    .addCommand(endCommand())
}

interface Switch {
  readonly description: string
  readonly act: (session: Session, options: SwitchOptions) => Promise<void>
}

function switchCommand(name: 'on' | 'off', { description, act }: Switch): Command {
  return withCommonFlags(new Command(name))
    .description(`${description}. Needs a member of the owner's role`)
    .addHelpText('after', `\nExample:\n  caseload care ${name}`)
    .action(async (flags: CommonFlags) => {
      const stop = stopOnSignals()
      try {
        const status = await withSession(flags, 'writes', async session => {
          await ensureMigrated(session)
          await act(session, { limits: lockWaitLimits, signal: stop.signal })
          return careStatus(session)
        })
        process.stdout.write(statusText(status))
      } finally {
        stop.release()
      }
    })
}

interface StatusFlags extends CommonFlags {
  readonly json?: boolean
}

function statusCommand(): Command {
  return withCommonFlags(new Command('status'))
    .description('show whether row rights are on, and for how many logins')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExamples:\n  caseload care status\n  caseload care status --json')
    .action(async (flags: StatusFlags) => {
      const status = await withSession(flags, 'reads', async session => {
        if (!(await hasReadableLedger(session))) throw new UsageError('Expected a database with a ledger, found none.')
        return careStatus(session)
      })
      if (flags.json === true) printJson(status)
      else process.stdout.write(statusText(status))
    })
}

function statusText({ row_rights: state, role, logins, views, marts, entries }: CareStatus): string {
  if (state === 'off') return 'Row rights are off. To turn them on: caseload care on\n'
  return (
    `Row rights are on: ${countText(logins, 'login')} of ${role} read ${countText(views, 'view')} and ` +
    `${countText(marts, 'mart')}, each the rows that the care team gives it (${countText(entries, 'entry', 'entries')}).\n`
  )
}
