import { Command } from 'commander'
import { ensureMigrated } from '../../ledger/migrate.ts'
import { listViews } from '../../ledger/list-views.ts'
import { createViews } from '../../ledger/views.ts'
import { martStatus } from '../../marts/status.ts'
import { countText } from '../../platform/count-text.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { withSession } from './with-target.ts'

/** `caseload views` */
export function viewsCommand(): Command {
  return withCommonFlags(new Command('views'))
    .description(
      'Create or replace the views of schema clinical, all in one transaction, and write their descriptions as comments. ' +
        'Their grants stay.',
    )
    .addHelpText('after', '\nExample:\n  caseload views')
    .action(async (flags: CommonFlags) => {
      const { names, marts } = await withSession(flags, 'makes', async session => {
        await ensureMigrated(session)
        const made = await createViews(session)
        return { names: made, marts: await martStatus(session, listViews()) }
      })
      process.stdout.write(
        `${countText(names.length, 'view')} ${names.length === 1 ? 'is' : 'are'} in place: ${names.join(', ')}.\n`,
      )
      if ((marts?.outdated.length ?? 0) > 0) {
        process.stdout.write(`Their marts follow at the next refresh: caseload marts refresh\n`)
      }
    })
}
