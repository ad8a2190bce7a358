import { Command } from 'commander'
import { type Rollback, rollBack } from '../../publish/rollback.ts'
import { stopOnSignals } from '../../platform/signals.ts'
import { batchArgument } from './batch-argument.ts'
import { commandLog } from './command-log.ts'
import { countText } from '../../platform/count-text.ts'
import { timeText } from '../../platform/time-text.ts'
import { type CommonFlags, withBatchArguments, withCommonFlags } from './flags-common.ts'
import { utcOption } from './for-people.ts'
import { printJson } from './print-json.ts'
import { type MartFlags, noMarts, refreshAfter } from './refresh-marts.ts'
import { withAbortableSession } from './retrying-target.ts'
import { ensureTargetMigrated, withTarget } from './with-target.ts'

interface RollbackFlags extends CommonFlags, MartFlags {
  readonly json?: boolean
  readonly utc?: boolean
}

/** `caseload rollback <source> <date>` */
export function rollbackCommand(): Command {
  return withBatchArguments(withCommonFlags(new Command('rollback')))
    .description(
      'Restore the previous version of a batch, if it is kept (run --keep), in one swap for all tables. The current version ' +
        'is dropped, and the batch is pinned: a backfill skips it until caseload run replaces it. Brings back what caseload ' +
        'unpublish took away.',
    )
    .option(...noMarts)
    .option('--json', 'print one JSON object')
    .addOption(utcOption())
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
      else process.stdout.write(rollbackText(result, flags.utc === true))
    })
}

async function rollBackFromFlags(sourceName: string, dateText: string, flags: RollbackFlags): Promise<Rollback> {
  const batch = await batchArgument(sourceName, dateText)
  const stop = stopOnSignals()
  const log = commandLog(flags, batch)
  try {
    return await withTarget(flags, 'writes', async target => {
      await ensureTargetMigrated(target)
      const { openSession } = target
      const { signal } = stop
      const done = await rollBack({ batch, openSession, signal, log, env: process.env })
      await refreshAfter(question => withAbortableSession(target, signal, question), { ...flags, signal, log })
      return done
    })
  } finally {
    stop.release()
  }
}

function rollbackText({ source, date, rolledBack, restored, kept }: Rollback, utc: boolean): string {
  const older =
    kept === 0 ? 'No older version is kept' : `${countText(kept, 'older version')} ${kept === 1 ? 'is' : 'are'} kept`
  const gone = rolledBack === null ? '' : `; run ${rolledBack.runId} (${countText(rolledBack.rows, 'row')}) is gone`
  return (
    `Rolled ${source} ${date} back: readers see run ${restored.runId} again (${countText(restored.rows, 'row')}, published ` +
    `${timeText(restored.publishedAt, utc)} before)${gone}. ${older}.
` +
    `The batch is pinned: a backfill skips it until you run it: caseload run ${source} ${date}\n`
  )
}
