import { Command } from 'commander'
import { retryable, type FailedBatch } from '../../operate/backfill/retryable.ts'
import type { BatchOutcome } from '../../operate/backfill/outcome.ts'
import { UsageError } from '../../platform/errors.ts'
import { openLandingView } from '../../landing/open-landing-view.ts'
import { futureError, isFuture } from '../../landing/future-day.ts'
import type { RunStatus } from '../../ledger/tables.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { withManyFlags } from './backfill.ts'
import { commandLog } from './command-log.ts'
import { type ManyFlags, runMany } from './run-many.ts'
import { withRunner } from './runner.ts'

interface FailedRow {
  readonly source: string
  readonly date: string
  readonly status: RunStatus
  readonly error_class: string | null
}

/** `caseload retry [run]` */
export function retryCommand(): Command {
  return withManyFlags(new Command('retry'))
    .description(
      'Run again every batch whose newest run did not publish, each with its own source and date; a day that has no landing ' +
        'folder now is left out, and a failure if it failed of something else before. With a run: run its batch again, ' +
        'whatever became of it since.',
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
        const now = new Date()
        const isLeft = ({ batch }: FailedBatch): boolean => flags.allowFuture !== true && isFuture(batch.date, now)
        const future = failed.filter(isLeft).map(one => one.batch)
        const error = future.length === 0 ? undefined : futureError(future, now)
        if (error !== undefined) {
          if (run !== undefined) throw error
          commandLog(flags).warn('retry', error.message)
        }
        const view = await openLandingView({ ...runner.settings, env: process.env })
        const found = await retryable(
          view,
          failed.filter(one => !isLeft(one)),
        ).finally(() => {
          view.close()
        })
        const skipped: readonly BatchOutcome[] = future.map(batch => ({
          batch,
          outcome: 'skipped',
          reason: 'past tomorrow; left alone without --allow-future',
        }))
        const others = [...found.others, ...skipped]
        // Who names a run expects it to be run.
        await runMany(runner, found.tasks, others, { ...flags, strict: run !== undefined }, 'no batch failed')
        if (error !== undefined) throw error
      })
    })
}

/** @param run only the batch of this run, given by its id or the beginning of it */
async function failedBatches(session: Session, run: string | undefined): Promise<readonly FailedBatch[]> {
  const found = await session.query<FailedRow>(readSql('sql/statements/cli/failed_batches.sql'), [run ?? null])
  return found.rows.map(({ source, date, status, error_class: errorClass }) => ({
    batch: { source, date },
    status,
    errorClass,
  }))
}
