import type { BatchOutcome } from '../../operate/backfill/outcome.ts'
import type { Progress } from '../../operate/backfill/progress.ts'
import { failedOutcome, publishedOutcome } from '../../operate/backfill/run-all.ts'
import type { Ran } from '../../operate/queue/job-end.ts'
import type { LeaseGuard } from '../../operate/queue/lease-guard.ts'
import { CaseloadError } from '../../platform/errors.ts'
import { failureLine } from '../../platform/format-error.ts'
import { readLogFormat } from '../../platform/log-format.ts'
import { redactor } from '../../platform/redact.ts'
import { runBatch } from '../../run/run-batch.ts'
import { runObserved } from '../../run/run-observed.ts'
import { telemetryOf } from '../../telemetry/telemetry.ts'
import type { Runner } from './runner.ts'

/** What a job of the queue runs with. */
export interface RunJobParts {
  readonly runner: Runner
  readonly progress: Progress
  readonly threads: number
  readonly logFormat: string | undefined
}

/** Runs the batch of a job under its lease; what fails is an outcome. */
export async function runJob({ runner, progress, threads, logFormat }: RunJobParts, guard: LeaseGuard): Promise<Ran> {
  const { batch, data, firstClaimedAt } = guard.job
  const task = { batch, reason: data.reason }
  const watch = progress.batch(batch)
  const redact = redactor(process.env)
  const telemetries = telemetryOf(runner.target.url, process.env, process.cwd())
  const begun = performance.now()
  let runId: string | undefined
  const timed = (outcome: BatchOutcome): BatchOutcome => ({
    ...outcome,
    reason: redact(outcome.reason),
    ...(runId === undefined ? {} : { runId }),
    ms: Math.round(performance.now() - begun),
  })
  const show: Ran['show'] = outcome => {
    watch.end(outcome)
  }
  try {
    const result = await runner.work(
      batch,
      { progress, watch, threads, skipIfPublishedSince: firstClaimedAt },
      async parts => {
        runId = parts.runId
        await guard.begin(parts.runId)
        const guarded = {
          ...parts,
          signal: AbortSignal.any([parts.signal, guard.signal]),
          openSession: guard.fence(parts.openSession),
        }
        return runObserved(guarded, telemetries, redact, runBatch)
      },
    )
    return { outcome: timed(publishedOutcome(task, result)), show }
  } catch (error) {
    if (!(error instanceof CaseloadError)) {
      const format = readLogFormat(logFormat, process.env)
      progress.log().error('run', failureLine(error, { format: format === 'json' ? 'text' : format, redact }).trim())
    }
    return { outcome: timed(failedOutcome(task, error)), error, show }
  }
}
