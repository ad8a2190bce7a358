import { Command } from 'commander'
import { UsageError } from '../errors.ts'
import type { Session } from '../postgres.ts'
import { readSql } from '../sql.ts'
import { withManyFlags } from './backfill.ts'
import { type ManyFlags, runMany } from './run-many.ts'
import { withRunner } from './runner.ts'

interface FailedBatch {
  readonly source: string
  readonly date: string
  readonly status: string
  readonly error_class: string | null
}

/** `caseload retry [run]` */
export function retryCommand(): Command {
  return withManyFlags(new Command('retry'))
    .description(
      'Run again every batch whose newest run did not publish, each with its own source and date; a day for which nothing was ' +
        'delivered is left out. With a run: run its batch again, whatever became of it since.',
    )
    .argument('[run]', 'id of a run, as caseload runs gives it; its first 8 characters do')
    .addHelpText(
      'after',
      `
Examples:
  caseload retry
  caseload retry 0b9df1f2
  caseload retry --concurrency 2 --json`,
    )
    .action(async (run: string | undefined, flags: ManyFlags) => {
      if (run !== undefined && !/^[0-9a-f]{8}[0-9a-f-]{0,28}$/i.test(run)) {
        throw new UsageError('Expected the id of a run, or its first 8 characters. caseload runs lists them.')
      }
      await withRunner(flags, async runner => {
        const failed = await runner.ask(session => failedBatches(session, run))
        if (run !== undefined && failed.length === 0) {
          throw new UsageError(`There is no run ${run}, or a run of its batch is under way. caseload runs lists them.`)
        }
        const tasks = failed.map(({ source, date, status, error_class: error }) => ({
          batch: { source, date },
          reason: `its last run ended as ${status}${error === null ? '' : ` (${error})`}`,
        }))
        // Each was tried because there was something to load.
        await runMany(runner, tasks, [], { ...flags, strict: true })
      })
    })
}

/** @param run only the batch of this run, given by its id or the beginning of it */
async function failedBatches(session: Session, run: string | undefined): Promise<readonly FailedBatch[]> {
  const found = await session.query<FailedBatch>(readSql('sql/statements/failed_batches.sql'), [run ?? null])
  return found.rows
}
