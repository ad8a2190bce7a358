import { performance } from 'node:perf_hooks'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import type { RunListener, Stage } from './run-listener.ts'

/** How long an attempt spent in a stage. */
export interface StageTime {
  readonly stage: Stage
  readonly ms: number
}

/** Times the stages of a run, and passes its progress on. */
export interface StageClock extends RunListener {
  /** The stages of the last attempt so far, in order. */
  times(): readonly StageTime[]
}

/** Each attempt begins at the lock; a stage lasts until the next begins. */
export function stageClock(watch: RunListener, now: () => number = () => performance.now()): StageClock {
  let begun: { readonly stage: Stage; readonly at: number }[] = []
  return {
    stage: stage => {
      if (stage === 'lock') begun = []
      // An attempt that reads its files anew, for another way to load them, copies rows twice.
      if (begun.at(-1)?.stage !== stage) begun.push({ stage, at: now() })
      watch.stage(stage)
    },
    rows: rows => {
      watch.rows(rows)
    },
    times: () => begun.map(({ stage, at }, index) => ({ stage, ms: Math.round((begun[index + 1]?.at ?? now()) - at) })),
  }
}

/** Records the stages of a run that has ended, or is about to. */
export async function recordStages(session: Session, runId: string, times: readonly StageTime[]): Promise<void> {
  await session.query(readSql('sql/statements/ledger/record_stages.sql'), [runId, JSON.stringify(times)])
}
