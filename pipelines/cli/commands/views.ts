import { Command } from 'commander'
import { ensureMigrated } from '../../ledger/migrate.ts'
import { createViews } from '../../ledger/views.ts'
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
      const names = await withSession(flags, 'makes', async session => {
        await ensureMigrated(session)
        return createViews(session)
      })
      process.stdout.write(
        `${countText(names.length, 'view')} ${names.length === 1 ? 'is' : 'are'} in place: ${names.join(', ')}.\n`,
      )
    })
}
