import type { Batch } from '../../source/batch.ts'

/** What a job says about its batch. pg-boss keeps it as JSON. */
export interface JobData extends Batch {
  /** Why the batch runs, as a backfill would say. */
  readonly reason: string
  /** A day without a landing folder is a failure. */
  readonly strict: boolean
  /** The days of its source run one after the other, the oldest first. */
  readonly inTurn: boolean
  /** The hash of the source's code that may run although it differs from that of the last publish; null: none. */
  readonly acceptedCode: string | null
}

/** The key under which at most one job of a batch waits. */
export function jobKey({ source, date }: Batch): string {
  return `${source} ${date}`
}

/** A job that a worker has taken. */
export interface ClaimedJob {
  readonly jobId: string
  readonly leaseId: string
  readonly batch: Batch
  readonly data: JobData
  /** The number of this try, from 1. */
  readonly tries: number
  readonly mostTries: number
  /** When a worker first took it, by the server's clock: a publish since then settles it. */
  readonly firstClaimedAt: string
}

/**
 * How a worker ends a job. `done`: nothing is left to do; `failed`: to be tried again while tries are left; `dead`: no try would
 * help; `back`: as if it had not been taken.
 */
export type JobEnd = 'done' | 'failed' | 'dead' | 'back'
