import type { Decision } from '../../operate/backfill/decide.ts'
import type { JobData } from '../../operate/queue/job.ts'
import { sourcesOfFullLists } from './run-batches.ts'

/** How jobs are made of decisions. */
export interface JobsOfOptions {
  readonly sourceFolders: readonly string[]
  /** A day without a landing folder is a failure. */
  readonly strict: boolean
  /** By source, the hash of code that may run although it is new. */
  readonly acceptedCodes: ReadonlyMap<string, string | null>
}

/** The jobs of the batches that a backfill would run, in its order. */
export async function jobsOf(
  decisions: readonly Decision[],
  { sourceFolders, strict, acceptedCodes }: JobsOfOptions,
): Promise<readonly JobData[]> {
  const run = decisions.filter(one => one.action === 'run')
  const full = await sourcesOfFullLists(
    run.map(({ source, date }) => ({ batch: { source, date } })),
    sourceFolders,
  )
  return run.map(({ source, date, reason }) => ({
    source,
    date,
    reason,
    strict,
    inTurn: full.has(source),
    acceptedCode: acceptedCodes.get(source) ?? null,
  }))
}
