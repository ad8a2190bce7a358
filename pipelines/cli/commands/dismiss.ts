import { Command } from 'commander'
import { dismiss } from '../../ledger/dismiss.ts'
import { callerName } from '../../ledger/who.ts'
import { parseDate, parseSource } from '../../source/batch.ts'
import { requireTransformers } from '../../source/load-source.ts'
import { readSettings } from '../../source/settings.ts'
import { reasonText } from './flag-values.ts'
import { type CommonFlags, withBatchArguments, withCommonFlags } from './flags-common.ts'
import { printJson } from './print-json.ts'
import { ensureTargetMigrated, withTarget } from './with-target.ts'

interface DismissFlags extends CommonFlags {
  readonly reason: string
  readonly json?: boolean
}

/** `caseload dismiss <source> <date>` */
export function dismissCommand(): Command {
  return withBatchArguments(withCommonFlags(new Command('dismiss')))
    .description(
      'Settle a batch that will not be loaded, such as a day without a delivery or a refused one that nobody corrects: it is ' +
        'no longer overdue and no problem, and backfill and retry skip it. The ledger keeps who, when and why. A run of the ' +
        'batch that publishes undoes it.',
    )
    .requiredOption('--reason <text>', 'why it will not be loaded, shown by status and runs', reasonText)
    .option('--json', 'print one JSON object')
    .addHelpText('after', `\nExamples:\n  caseload dismiss source_a 2023-05-01 --reason 'no delivery on a holiday'`)
    .action(async (sourceName: string, dateText: string, flags: DismissFlags) => {
      const batch = { source: parseSource(sourceName), date: parseDate(dateText) }
      const { source, date } = batch
      const { reason } = flags
      const by = callerName()
      requireTransformers([source], readSettings(flags, process.env, process.cwd()).sourceFolders)
      await withTarget(flags, 'writes', async target => {
        await ensureTargetMigrated(target)
        const session = await target.openSession(`caseload dismiss ${source} ${date}`)
        try {
          await dismiss(session, { batch, reason, by })
        } finally {
          await session.end()
        }
      })
      if (flags.json === true) printJson({ ...batch, reason, by })
      else
        process.stdout.write(
          `Dismissed ${source} ${date}: ${reason}\nTo load it after all: caseload run ${source} ${date}\n`,
        )
    })
}
