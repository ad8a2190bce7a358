import { Command } from 'commander'
import { parseDate, parseSource } from '../../source/batch.ts'
import { type Rollback, rollBack } from '../../publish/rollback.ts'
import { stopOnSignals } from '../../platform/signals.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, withBatchArguments, withCommonFlags } from './flags-common.ts'
import { printJson } from './print-json.ts'
import { ensureTargetMigrated, withTarget } from './with-target.ts'

interface RollbackFlags extends CommonFlags {
  readonly json?: boolean
}

/** `caseload rollback <source> <date>` */
export function rollbackCommand(): Command {
  return withBatchArguments(withCommonFlags(new Command('rollback')))
    .description(
      'Restore the previous version of a batch, if it is kept (run --keep), in one swap for all tables. The current version ' +
        'is dropped, and the batch is pinned: a backfill skips it until caseload run replaces it.',
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
Examples:
  caseload rollback source_a 2023-05-01
  caseload rollback source_a 2023-05-01 --json`,
    )
    .action(async (source: string, date: string, flags: RollbackFlags) => {
      const result = await rollBackFromFlags(source, date, flags)
      if (flags.json === true) printJson(result)
      else process.stdout.write(rollbackText(result))
    })
}

async function rollBackFromFlags(sourceName: string, dateText: string, flags: RollbackFlags): Promise<Rollback> {
  const batch = { source: parseSource(sourceName), date: parseDate(dateText) }
  const stop = stopOnSignals()
  const log = commandLog(flags, batch)
  try {
    return await withTarget(flags, 'writes', async target => {
      await ensureTargetMigrated(target)
      return rollBack({ batch, openSession: target.openSession, signal: stop.signal, log, env: process.env })
    })
  } finally {
    stop.release()
  }
}

function rollbackText({ source, date, rolledBack, restored, kept }: Rollback): string {
  const older =
    kept === 0 ? 'No older version is kept' : `${kept} older ${kept === 1 ? 'version is' : 'versions are'} kept`
  return (
    `Rolled ${source} ${date} back: readers see run ${restored.runId} again (${restored.rows} rows, published ` +
    `${restored.publishedAt} before); run ${rolledBack.runId} (${rolledBack.rows} rows) is gone. ${older}.\n` +
    `The batch is pinned: a backfill skips it until you run it: caseload run ${source} ${date}\n`
  )
}
