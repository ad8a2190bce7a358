import type { BatchState } from '../../ledger/status.ts'
import { errorWord } from '../../platform/error-word.ts'
import { groupBy } from './group.ts'
import type { BatchReport, BatchRunReport, BatchTableReport } from './document-batch.ts'
import type { RunDetails, RunFileRow, RunRow, RunTableRow } from './read-ledger.ts'
import { dayAfter, type Window } from './window.ts'

/** Days before the end of the window on which every batch that ran has a page. */
const recentDays = 31
/** The most pages of batches: where more are not well, the oldest are lines of their source. */
const mostPages = 3000

/** Older days of these states are lines of their source: there is no run to show, or thousands have it after an upgrade. */
const lines: readonly string[] = ['overdue', 'stale']

/** What a batch's page is made from. */
export interface BatchFile {
  readonly state: BatchState
  /** Oldest first. */
  readonly runs: readonly RunRow[]
  /** The published run, else the newest one. */
  readonly shown: RunRow | undefined
}

/** A batch as the key of a map. */
export const batchKey = (source: string, date: string): string => `${source} ${date}`

/** The batches that get a page: of the last days, and all that are not well; the newest first. */
export function batchesWithPage(
  states: readonly BatchState[],
  runs: readonly RunRow[],
  window: Window,
): readonly BatchFile[] {
  const runsOf = groupBy(runs, run => batchKey(run.source, run.batch_date))
  const recent = dayAfter(window.to, 1 - recentDays)
  return states
    .filter(
      one => one.batch_date >= recent || (!lines.includes(one.state) && (one.problem || one.state !== 'published')),
    )
    .sort((a, b) =>
      a.batch_date === b.batch_date ? (a.source < b.source ? -1 : 1) : a.batch_date > b.batch_date ? -1 : 1,
    )
    .slice(0, mostPages)
    .map(state => {
      const own = runsOf.get(batchKey(state.source, state.batch_date)) ?? []
      return { state, runs: own, shown: own.find(run => run.run_id === state.published_run) ?? own.at(-1) }
    })
}

/** What a page says besides the ledger. */
export interface BatchWords {
  readonly internal: boolean
  /** The command that solves the problem of a batch; undefined without one. */
  readonly commandOf: (source: string, date: string) => string | undefined
  /** The name to show of a delivered file. */
  readonly nameOf: (source: string, file: RunFileRow) => string
}

/** The page of one batch. */
export function batchReport({ state, runs, shown }: BatchFile, details: RunDetails, words: BatchWords): BatchReport {
  const { source, batch_date: date } = state
  const id = shown?.run_id ?? ''
  return {
    source,
    date,
    state: state.state,
    problem: state.problem,
    why: whyOf(state, runs.at(-1), words.internal),
    command: words.commandOf(source, date) ?? null,
    shown: shown === undefined ? null : short(shown.run_id),
    tables: (details.tables.get(id) ?? []).map(tableBalance),
    files: (details.files.get(id) ?? []).map(file => ({
      input: file.input,
      name: words.nameOf(source, file),
      bytes: file.bytes,
      records: file.records,
      quarantined: file.quarantined,
      sha256: file.sha256.slice(0, 12),
    })),
    checks: (details.checks.get(id) ?? []).map(one => ({
      name: one.check_name,
      table: one.table_name,
      severity: one.severity,
      outcome: one.outcome,
      checked: one.checked_rows,
      bad: one.bad_rows,
    })),
    runs: runs.map(run => runReport(run, details, words.internal)),
    made_from: shown === undefined ? null : madeFrom(shown),
    rules: state.rules.map(({ rule, action }) => ({ rule, action })),
  }
}

const short = (id: string): string => id.slice(0, 8)

const madeFrom = (run: RunRow): BatchReport['made_from'] => ({
  caseload: run.code_version,
  code: run.code_hash?.slice(0, 8) ?? null,
  contracts: run.contract_hash?.slice(0, 8) ?? null,
  engine: run.engine_semantics,
  zone: run.zone,
})

/** A reason is free text, or quotes names of files: in its place stands the kind of the error, or what changed. */
function whyOf(state: BatchState, newest: RunRow | undefined, internal: boolean): string | null {
  if (internal && state.reason !== null) return state.reason
  if (state.state === 'stale') return state.reason
  if (newest === undefined || newest.status === 'published') return null
  return errorWord(newest.error_class)
}

function tableBalance(row: RunTableRow): BatchTableReport {
  return {
    table: row.table_name,
    candidates: row.candidates,
    loaded: row.loaded,
    quarantined: ruleCounts(row.quarantined_by),
    removed: ruleCounts(row.removed),
    dropped: ruleCounts(row.dropped),
    warned: ruleCounts(row.warned),
  }
}

const ruleCounts = (counts: Readonly<Record<string, number>>): { rule: string; count: number }[] =>
  Object.entries(counts)
    .map(([rule, count]) => ({ rule, count }))
    .sort((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1))

function runReport(run: RunRow, details: RunDetails, internal: boolean): BatchRunReport {
  return {
    run: short(run.run_id),
    status: run.status,
    started_at: moment(run.started_at),
    published_at: run.published_at === null ? null : moment(run.published_at),
    ended_at: run.ended_at === null ? null : moment(run.ended_at),
    attempts: run.attempts,
    stages: run.stages.map(({ stage, ms }) => ({ stage, ms })),
    failures: (details.attempts.get(run.run_id) ?? []).map(one => ({
      at: moment(one.failed_at),
      error: errorWord(one.error_class) ?? 'failed',
    })),
    error: errorWord(run.error_class),
    message: internal ? run.error_message : null,
    host: internal ? run.host : null,
    run_id: internal ? run.run_id : null,
  }
}

/** A moment to the second, in UTC. */
const moment = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
