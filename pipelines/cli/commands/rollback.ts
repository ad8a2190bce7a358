import { Command } from 'commander'
import { parseDate, parseSource } from '../../source/batch.ts'
import { ensureMigrated } from '../../ledger/migrate.ts'
import { type Rollback, rollBack } from '../../publish/rollback.ts'
import { stopOnSignals } from '../../platform/signals.ts'
import { commandLog } from './command-log.ts'
import { type CommonFlags, printJson, withCommonFlags, withTarget } from './common.ts'

interface RollbackFlags extends CommonFlags {
  readonly json?: boolean
}

/** `caseload rollback <source> <date>` */
export function rollbackCommand(): Command {
  return withCommonFlags(new Command('rollback'))
    .description(
      'Put the version of a batch back that was published before the present one, as long as it is kept (run --keep), in ' +
        'one swap for all tables. The present version is dropped, and the batch is held: a backfill leaves it until a ' +
        'plain run replaces it.',
    )
    .argument('<source>', 'a source, such as source_a, or one of its sites, such as source_a__north')
    .argument('<date>', 'day of the delivery, 20230501 or 2023-05-01')
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
    return await withTarget(flags, async target => {
      const session = await target.openSession('caseload')
      try {
        await ensureMigrated(session)
      } finally {
        await session.end()
      }
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
    `The batch is held: a backfill leaves it until you run it: caseload run ${source} ${date}\n`
  )
}
