import { Command } from 'commander'
import { retryable, type FailedBatch } from '../../operate/backfill/retryable.ts'
import type { BatchOutcome } from '../../operate/backfill/outcome.ts'
import { UsageError } from '../../platform/errors.ts'
import { openLandingView } from '../../landing/open-landing-view.ts'
import { futureError, isFuture } from '../../landing/future-day.ts'
import type { RunStatus } from '../../ledger/ledger.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { commandLog } from './command-log.ts'
import { type SeveralBatchesFlags, withSeveralBatchesFlags } from './flags-batch.ts'
import { type NoticeFlags, withNoticeFlags, withNotices } from './notices.ts'
import { runBatches } from './run-batches.ts'
import { withRunner } from './runner.ts'

/** A batch whose newest run did not publish. */
interface Failed extends FailedBatch {
  /** Why it will not be loaded; null if it is not dismissed. */
  readonly dismissed: string | null
}

interface FailedRow {
  readonly source: string
  readonly date: string
  readonly status: RunStatus
  readonly error_class: string | null
  readonly dismissed: string | null
}

/** `caseload retry [run]` */
export function retryCommand(): Command {
  return withNoticeFlags(withSeveralBatchesFlags(new Command('retry')))
    .description(
      'Run every batch again whose newest run did not publish. A day that has no landing folder now is skipped; it counts as ' +
        'failed if an earlier run of it failed for another reason, until caseload dismiss settles it. With a run: run the batch of that run again, in any state.',
    )
    .argument('[run]', 'id of a run, see caseload runs; its first 8 characters are enough')
    .addHelpText(
      'after',
      `
Examples:
  caseload retry
  caseload retry 0b9df1f2
  caseload retry --concurrency 2 --json`,
    )
    .action(async (run: string | undefined, flags: SeveralBatchesFlags & NoticeFlags) => {
      if (run !== undefined && !/^[0-9a-f]{8}[0-9a-f-]{0,28}$/i.test(run)) {
        throw new UsageError('Expected the id of a run, or its first 8 characters. caseload runs lists them.')
      }
      await withNotices(flags, notices =>
        withRunner(flags, { timeoutPer: 'batch', use: 'makes' }, async runner => {
          const failed = await runner.ask(session => failedBatches(session, run))
          if (run !== undefined && failed.length === 0) {
            throw new UsageError(
              `Expected the id of a run whose batch is not running now, found ${run}. caseload runs lists all runs.`,
            )
          }
          const now = new Date()
          const isSkipped = ({ batch }: FailedBatch): boolean => flags.allowFuture !== true && isFuture(batch.date, now)
          const isSettled = ({ dismissed }: Failed): boolean => run === undefined && dismissed !== null
          const open = failed.filter(one => !isSettled(one))
          const future = open.filter(isSkipped).map(one => one.batch)
          const error = future.length === 0 ? undefined : futureError(future, now)
          if (error !== undefined) {
            if (run !== undefined) throw error
            commandLog(flags).warn('retry', error.message)
          }
          const view = await openLandingView({ ...runner.settings, env: process.env })
          const retriable = open.filter(one => !isSkipped(one))
          const found = await retryable(view, retriable).finally(() => {
            view.close()
          })
          const skipped: readonly BatchOutcome[] = future.map(batch => ({
            batch,
            outcome: 'skipped',
            reason: 'past tomorrow; skipped without --allow-future',
          }))
          const settled = failed
            .filter(isSettled)
            .map(({ batch, dismissed }): BatchOutcome => ({ batch, outcome: 'skipped', reason: dismissed ?? '' }))
          const others = [...found.others, ...skipped, ...settled]
          // A named run that cannot be repeated is a failure.
          const strict = run !== undefined
          await runBatches(
            runner,
            { tasks: found.tasks, others, nothing: 'no batch failed', notices },
            { ...flags, strict },
          )
          if (error !== undefined) throw error
        }),
      )
    })
}

/** @param run only the batch of this run: an id or the beginning of one */
async function failedBatches(session: Session, run: string | undefined): Promise<readonly Failed[]> {
  const found = await session.query<FailedRow>(readSql('sql/statements/cli/failed_batches.sql'), [run ?? null])
  return found.rows.map(({ source, date, status, error_class: errorClass, dismissed }) => ({
    batch: { source, date },
    status,
    errorClass,
    dismissed,
  }))
}
