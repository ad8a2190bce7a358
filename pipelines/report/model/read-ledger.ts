import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { groupBy } from './group.ts'

/** Which days of which sources the report is about; no source means all. */
export interface LedgerWindow {
  readonly sources: readonly string[]
  readonly from: string
  readonly to: string
}

/** One row of runs.sql; moments are milliseconds. */
export interface RunRow {
  readonly run_id: string
  readonly source: string
  readonly batch_date: string
  readonly status: string
  readonly started_at: number
  readonly ended_at: number | null
  readonly published_at: number | null
  readonly attempts: number
  readonly stages: readonly { readonly stage: string; readonly ms: number }[]
  readonly error_class: string | null
  readonly error_message: string | null
  readonly code_version: string
  readonly code_hash: string | null
  readonly contract_hash: string | null
  readonly engine_semantics: number | null
  readonly zone: string | null
  readonly host: string
}

/** One row of sources.sql. */
export interface SourceRow {
  readonly source: string
  readonly transformer: string
  readonly zone: string
  readonly schedule: string
  readonly due: string
  readonly lag_days: number
  readonly first_run_at: number
}

/** One row of table_rows.sql. */
export interface TableRowsRow {
  readonly source: string
  readonly table_name: string
  readonly batch_date: string
  readonly rows: number
}

/** One row of rule_weeks.sql. */
export interface RuleWeekRow {
  readonly source: string
  readonly table_name: string
  readonly what: 'quarantined' | 'dropped' | 'warned'
  readonly rule: string
  readonly week: string
  readonly count: number
}

/** One row of check_months.sql. */
export interface CheckMonthRow {
  readonly source: string
  readonly table_name: string
  readonly check_name: string
  readonly month: string
  readonly pass: number
  readonly warn: number
  readonly fail: number
}

/** What the ledger holds of the days of a report, one query each. */
export interface LedgerRows {
  readonly runs: readonly RunRow[]
  readonly tableRows: readonly TableRowsRow[]
  readonly ruleWeeks: readonly RuleWeekRow[]
  readonly checkMonths: readonly CheckMonthRow[]
}

const statement = (name: string): string => readSql(`sql/statements/report/${name}.sql`)

/** Reads the sources, and the first and the newest day that a run of them tried; undefined where none did. */
export async function readSpan(
  session: Session,
  sources: readonly string[],
): Promise<{ readonly sources: readonly SourceRow[]; readonly oldest: string; readonly newest: string } | undefined> {
  const asked = sources.length === 0 ? null : sources
  const [span] = (await session.query<{ oldest: string | null; newest: string | null }>(statement('span'), [asked]))
    .rows
  if (span?.oldest == null || span.newest === null) return undefined
  const rows = await session.query<SourceRow>(statement('sources'), [asked])
  return { sources: rows.rows, oldest: span.oldest, newest: span.newest }
}

/** Reads what every source and day needs. */
export async function readLedger(session: Session, { sources, from, to }: LedgerWindow): Promise<LedgerRows> {
  const asked = sources.length === 0 ? null : sources
  const days = [asked, from, to]
  return {
    runs: (await session.query<RunRow>(statement('runs'), days)).rows,
    tableRows: (await session.query<TableRowsRow>(statement('table_rows'), days)).rows,
    ruleWeeks: (await session.query<RuleWeekRow>(statement('rule_weeks'), days)).rows,
    checkMonths: (await session.query<CheckMonthRow>(statement('check_months'), days)).rows,
  }
}

type Counts = Readonly<Record<string, number>>

/** One row of run_tables.sql. */
export interface RunTableRow {
  readonly run_id: string
  readonly table_name: string
  readonly candidates: number
  readonly loaded: number
  readonly quarantined_by: Counts
  readonly removed: Counts
  readonly dropped: Counts
  readonly warned: Counts
}

/** One row of run_files.sql. */
export interface RunFileRow {
  readonly run_id: string
  readonly path: string
  readonly input: string
  readonly bytes: number
  readonly records: number
  readonly quarantined: number
  readonly sha256: string
}

/** One row of run_checks.sql. */
export interface RunCheckRow {
  readonly run_id: string
  readonly table_name: string
  readonly check_name: string
  readonly severity: string
  readonly outcome: 'pass' | 'warn' | 'fail'
  readonly checked_rows: number
  readonly bad_rows: number
}

/** One row of run_attempts.sql. */
export interface RunAttemptRow {
  readonly run_id: string
  readonly failed_at: number
  readonly error_class: string
}

/** What the ledger holds of single runs, each by the id of its run. */
export interface RunDetails {
  readonly tables: ReadonlyMap<string, readonly RunTableRow[]>
  readonly files: ReadonlyMap<string, readonly RunFileRow[]>
  readonly checks: ReadonlyMap<string, readonly RunCheckRow[]>
  readonly attempts: ReadonlyMap<string, readonly RunAttemptRow[]>
}

/**
 * Reads what the pages of batches need.
 *
 * @param shown the runs whose balance is shown
 * @param all the runs that are listed
 */
export async function readRuns(
  session: Session,
  shown: readonly string[],
  all: readonly string[],
): Promise<RunDetails> {
  return {
    tables: byRun((await session.query<RunTableRow>(statement('run_tables'), [shown])).rows),
    files: byRun((await session.query<RunFileRow>(statement('run_files'), [shown])).rows),
    checks: byRun((await session.query<RunCheckRow>(statement('run_checks'), [shown])).rows),
    attempts: byRun((await session.query<RunAttemptRow>(statement('run_attempts'), [all])).rows),
  }
}

function byRun<Row extends { readonly run_id: string }>(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  return groupBy(rows, row => row.run_id)
}
