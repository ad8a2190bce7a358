import type { RunParts } from './run-batch.ts'
import { observed } from '../telemetry/observed.ts'
import type { Published, Telemetry } from '../telemetry/run-event.ts'

/**
 * Runs a batch and reports it to all telemetries. Commands call this in place of the run itself.
 *
 * @param redact removes secrets from the message of an error, see `redactor`
 * @param run such as `runBatch`; called once, with the parts it must use
 * @returns the result of the run
 * @throws what the run throws, and no error of a telemetry
 */
export async function runObserved<T extends Published>(
  parts: RunParts,
  telemetries: readonly Telemetry[],
  redact: (text: string) => string,
  run: (parts: RunParts) => Promise<T>,
): Promise<T> {
  const { runId, externalId, batch, landing, log, watch } = parts
  const { transformer } = parts.source
  // Each attempt of a run begins at the lock.
  let attempts = 0
  const counting: RunParts['watch'] = {
    stage: stage => {
      if (stage === 'lock') attempts++
      watch.stage(stage)
    },
    rows: rows => {
      watch.rows(rows)
    },
  }
  return observed(() => run({ ...parts, watch: counting }), {
    runId,
    externalId,
    batch,
    landing,
    transformer,
    telemetries,
    log,
    redact,
    attempts: () => Math.max(1, attempts),
  })
}
