import { Command } from 'commander'
import { migrate } from '../../ledger/migrate.ts'
import { ledgerVersion } from '../../ledger/schema-state.ts'
import { type CommonFlags, withCommonFlags } from './flags-common.ts'
import { withSession } from './with-target.ts'

/** `caseload migrate` */
export function migrateCommand(): Command {
  return withCommonFlags(new Command('migrate'))
    .description(
      'Create or upgrade the ledger and the canonical tables, and write what tables, views and columns mean as comments. ' +
        'Safe to repeat; a run does it if needed.',
    )
    .addHelpText('after', '\nExample:\n  caseload migrate')
    .action(async (flags: CommonFlags) => {
      const { applied, made, added } = await withSession(flags, 'makes', migrate)
      const news = [...applied, ...made.map(table => `table ${table}`), ...added.map(column => `column ${column}`)]
      const what = news.length === 0 ? 'nothing was missing' : news.join(', ')
      process.stdout.write(`The ledger has version ${ledgerVersion()}; ${what}.\n`)
    })
}
