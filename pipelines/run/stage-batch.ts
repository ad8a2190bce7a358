import { rmSync } from 'node:fs'
import type { BatchLanding } from '../landing/files/batch-landing.ts'
import { recordFiles } from '../ledger/ledger.ts'
import type { LoadedBatch } from '../source/transformer.ts'
import type { Attempt } from './attempts.ts'
import type { RunParts } from './run-batch.ts'
import { makeWorkFolder } from './work-folder.ts'

/**
 * Reads, checks and stages the batch in a child process, and records which files it read.
 *
 * @returns what is staged; no reader sees it yet
 */
export async function stageBatch(run: RunParts, attempt: Attempt, landing: BatchLanding): Promise<LoadedBatch> {
  const { batch, runId, sourceFolders, databaseUrl, memoryLimit, threads, watch, log, signal } = run
  const { zone } = run.source.transformer
  const workFolder = makeWorkFolder(run.workRoot, runId)
  try {
    const delivery = await landing.fetch(workFolder)
    const request = { batch, runId, delivery, zone, sourceFolders, databaseUrl, workFolder, memoryLimit, threads }
    const onProgress = (stage: string, detail: string): void => {
      log.info(stage, detail)
    }
    const onRows = (rows: number): void => {
      if (rows === 0) watch.stage('stage')
      watch.rows(rows)
    }
    const loaded = landing.withOrigins(await attempt.engine.load(request, signal, onProgress, onRows))
    await recordFiles(attempt.session, runId, loaded.files)
    return loaded
  } finally {
    rmSync(workFolder, { recursive: true, force: true })
  }
}
