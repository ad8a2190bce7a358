import type { Batch } from '../../source/batch.ts'
import { type BatchOutcome, isFailure } from '../../operate/backfill/outcome.ts'
import type { Stage } from '../../run/run-listener.ts'

/** A batch that runs. Times are milliseconds of one clock. */
export interface RunningBatch {
  readonly batch: Batch
  readonly startedAt: number
  /** Undefined until its first stage begins. */
  readonly stage: Stage | undefined
  /** Rows copied so far. */
  readonly rows: number
  /** When the first rows were copied, and how many; undefined before. */
  readonly first: { readonly at: number; readonly rows: number } | undefined
  /** When its tables were staged; undefined before. */
  readonly stagedAt: number | undefined
}

/** What is shown of the batches of one command. */
export interface ProgressState {
  /** Number of batches; undefined for a command of one batch. */
  readonly total: number | undefined
  readonly startedAt: number
  /** In the order in which they started. */
  readonly running: readonly RunningBatch[]
  readonly done: number
  readonly failed: number
  /** Rows of the published batches. */
  readonly rows: number
  /** Number of finished batches that needed work, and the sum of their milliseconds. */
  readonly worked: number
  readonly workedMs: number
  /** The maximum number of batches that ran at once. */
  readonly slots: number
}

/** What can happen to a batch. */
export type ProgressEvent =
  | { readonly kind: 'begin'; readonly batch: Batch }
  | { readonly kind: 'stage'; readonly batch: Batch; readonly stage: Stage }
  | { readonly kind: 'rows'; readonly batch: Batch; readonly rows: number }
  | { readonly kind: 'end'; readonly outcome: BatchOutcome }

/**
 * The state at the start of a command.
 *
 * @param total number of batches to run; undefined for a command of one batch
 */
export function newProgress(total: number | undefined, now: number): ProgressState {
  return { total, startedAt: now, running: [], done: 0, failed: 0, rows: 0, worked: 0, workedMs: 0, slots: 0 }
}

/** The state after an event. Stages and rows of a batch that does not run change nothing. */
export function progressed(state: ProgressState, event: ProgressEvent, now: number): ProgressState {
  if (event.kind === 'end') return ended(state, event.outcome, now)
  if (event.kind === 'begin') return begun(state, event.batch, now)
  const found = runningOf(state, event.batch)
  if (found === undefined) return state
  const changed = event.kind === 'rows' ? withRows(found, event.rows, now) : inStage(found, event.stage, now)
  return { ...state, running: state.running.map(one => (one === found ? changed : one)) }
}

function runningOf({ running }: ProgressState, { source, date }: Batch): RunningBatch | undefined {
  return running.find(({ batch }) => batch.source === source && batch.date === date)
}

const nothingCopied = { rows: 0, first: undefined, stagedAt: undefined }

function begun(state: ProgressState, batch: Batch, now: number): ProgressState {
  const before = runningOf(state, batch)
  const others = state.running.filter(one => one !== before)
  const begins = { batch, startedAt: now, stage: undefined, ...nothingCopied }
  return { ...state, running: [...others, begins], slots: Math.max(state.slots, others.length + 1) }
}

function withRows(running: RunningBatch, rows: number, now: number): RunningBatch {
  if (!Number.isSafeInteger(rows) || rows < 0) return running
  if (rows < running.rows) return { ...running, rows, first: undefined }
  return { ...running, rows, first: running.first ?? (rows === 0 ? undefined : { at: now, rows }) }
}

function inStage(running: RunningBatch, stage: Stage, now: number): RunningBatch {
  if (stage === 'audit' || stage === 'publish') return { ...running, stage, stagedAt: running.stagedAt ?? now }
  // A retried batch counts from 0 again, and its rate is that of the new attempt.
  return { ...running, stage, ...nothingCopied }
}

/** Outcomes without work, which do not count for the average duration. */
const withoutWork: readonly BatchOutcome['outcome'][] = ['skipped', 'not_delivered', 'locked', 'stopped', 'not_started']

function ended(state: ProgressState, outcome: BatchOutcome, now: number): ProgressState {
  const found = runningOf(state, outcome.batch)
  const hasWorked = found !== undefined && !withoutWork.includes(outcome.outcome)
  return {
    ...state,
    running: state.running.filter(one => one !== found),
    done: state.done + 1,
    failed: state.failed + (isFailure(outcome) ? 1 : 0),
    rows: state.rows + (outcome.rows ?? 0),
    worked: state.worked + (hasWorked ? 1 : 0),
    workedMs: state.workedMs + (hasWorked ? Math.max(0, now - found.startedAt) : 0),
  }
}
