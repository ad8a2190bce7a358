import { Command } from 'commander'
import { migrate } from '../../ledger/migrate.ts'
import { ledgerVersion } from '../../ledger/schema-state.ts'
import type { Session } from '../../platform/postgres.ts'
import { commandLog } from './command-log.ts'
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
      const { applied, made, added, queue } = await withSession(flags, 'makes', async session => ({
        ...(await migrate(session)),
        queue: await makeQueueIfAllowed(session),
      }))
      const news = [
        ...applied,
        ...made.map(table => `table ${table}`),
        ...added.map(column => `column ${column}`),
        ...(queue === 'made' ? ['the queue'] : []),
      ]
      const what = news.length === 0 ? 'nothing was missing' : news.join(', ')
      process.stdout.write(`The ledger has version ${ledgerVersion()}; ${what}.\n`)
      if (queue !== 'refused') return
      commandLog(flags).warn(
        'migrate',
        'the queue was not made: this role may not make a schema. caseload worker needs it; all other commands do not',
      )
    })
}

/** A database without the queue is complete for all who do not use one. */
async function makeQueueIfAllowed(session: Session): Promise<'made' | 'there' | 'refused'> {
  const { hasQueue, makeQueue, mayMakeQueue } = await import('../../operate/queue/boss.ts')
  if (!(await hasQueue(session)) && !(await mayMakeQueue(session))) return 'refused'
  return (await makeQueue(session)) ? 'made' : 'there'
}
