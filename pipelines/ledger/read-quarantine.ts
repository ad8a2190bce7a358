import { countText } from '../platform/count-text.ts'
import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'
import { hasReadableLedger } from './schema-state.ts'

// A database without a ledger reads as one in which nothing ran.

/** One row in quarantine, or one dropped value, without its content: no member holds a patient's value. */
export interface QuarantinedRow {
  readonly id: number
  readonly run_id: string
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly batch_date: string
  /** The table, or the name of the input where a whole record did not have the declared form. */
  readonly table_name: string
  readonly file: string
  readonly record_no: number
  readonly column_name: string | null
  readonly rule: string
  readonly reason: string
  readonly state: QuarantineState
  /** True for a value of `column_name` whose row was loaded without it, or, in a refused run, would have been. */
  readonly dropped: boolean
}

/**
 * `open`: its batch is published without the row. `dropped`: its batch is published with the row and without the value.
 * `refused`: its run was refused.
 */
export type QuarantineState = 'open' | 'dropped' | 'refused'

/** A row in quarantine with its content as delivered. */
export interface QuarantinedContent extends QuarantinedRow {
  readonly run_started_at: string
  /** JSON text with every digit as it was kept; null where a database that masks keeps none. */
  readonly row: string | null
}

/** Number of rows in quarantine, or of dropped values of one column, by source, batch, table, rule and state. */
export interface QuarantineCount {
  readonly source: string
  readonly batch_date: string
  readonly table_name: string
  /** The column of the dropped values; null for whole rows. */
  readonly column_name: string | null
  readonly rule: string
  readonly state: QuarantineState
  readonly rows: number
  /** Candidate rows of the table; null where the run ended before it had counted them. */
  readonly candidates: number | null
  /** Rows divided by candidates, 0 to 1. */
  readonly share: number | null
}

/** Which rows {@link listQuarantine} returns; undefined does not filter. */
export interface QuarantineFilter {
  readonly source: string | undefined
  /** `yyyy-mm-dd` */
  readonly date: string | undefined
  /** A run's id, or at least its first eight characters. */
  readonly run: string | undefined
  readonly table: string | undefined
  readonly rule: string | undefined
  readonly limit: number
}

/**
 * Rows in quarantine, the newest run first. Without `run`: the rows of published batches, and those of the newest run of a
 * batch if it was refused.
 *
 * @returns the rows, at most `limit`, and whether there are more
 * @throws UsageError for a source or a run that the ledger does not know, and for a prefix that several runs share
 */
export async function listQuarantine(
  session: Session,
  filter: QuarantineFilter,
): Promise<{ readonly rows: readonly QuarantinedRow[]; readonly more: boolean }> {
  if (filter.source !== undefined) await requireSource(session, filter.source)
  const run = filter.run === undefined ? null : await findRun(session, filter.run)
  const { source, date, table, rule, limit } = filter
  const rows = await rowsOf<QuarantinedRow>(session, readSql('sql/statements/ledger/quarantine_list.sql'), [
    source ?? null,
    date ?? null,
    run,
    table ?? null,
    rule ?? null,
    limit + 1,
  ])
  return { rows: rows.slice(0, limit), more: rows.length > limit }
}

/**
 * Counts the rows in quarantine of the same runs as {@link listQuarantine} without `run`.
 *
 * @param date `yyyy-mm-dd`
 */
export async function countQuarantine(
  session: Session,
  source: string | undefined,
  date: string | undefined,
): Promise<readonly QuarantineCount[]> {
  const filter = [source ?? null, date ?? null]
  return rowsOf<QuarantineCount>(session, readSql('sql/statements/ledger/quarantine_summary.sql'), filter)
}

/**
 * One row in quarantine as it was delivered: it holds a patient's values.
 *
 * @param id as {@link listQuarantine} returns it
 * @throws UsageError if no row has this id
 */
export async function readQuarantined(session: Session, id: string): Promise<QuarantinedContent> {
  const [row] = await rowsOf<QuarantinedContent>(session, readSql('sql/statements/ledger/quarantine_row.sql'), [id])
  if (row !== undefined) return row
  const [range] = await rowsOf<{ rows: number; first: number | null; last: number | null }>(
    session,
    `select count(*) as rows, min(quarantine_id) as first, max(quarantine_id) as last from caseload.quarantine`,
  )
  const { rows = 0, first, last } = range ?? {}
  const there =
    rows === 0
      ? 'quarantine is empty'
      : `quarantine holds ${countText(rows, 'row')}, from ${first ?? ''} to ${last ?? ''}`
  throw new UsageError(
    `Expected the id of a row in quarantine, found no row ${id}; ${there}. caseload quarantine ls lists the ids; a ` +
      'batch that runs again gives its rows new ones.',
  )
}

/**
 * A mistyped name must not look like a source without a bad row.
 *
 * @throws UsageError for a source that the ledger does not know; it names those that the ledger knows
 */
export async function requireSource(session: Session, source: string): Promise<void> {
  const sources = await rowsOf<{ source: string }>(session, 'select source from caseload.sources order by source')
  const known = sources.map(row => row.source)
  if (known.includes(source)) return
  const list = known.length === 0 ? 'No source ran yet' : `Sources that ran: ${known.join(', ')}`
  throw new UsageError(`Expected a source that ran; ${source} never did. ${list}.`)
}

async function rowsOf<Row extends object>(
  session: Session,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  if (!(await hasReadableLedger(session))) return []
  return (await session.query<Row & Record<string, unknown>>(text, [...values])).rows
}

interface KnownRun {
  readonly run_id: string
  readonly source: string
  readonly batch_date: string
  readonly status: string
}

async function findRun(session: Session, text: string): Promise<string> {
  const runsFrom = (prefix: string): Promise<readonly KnownRun[]> =>
    rowsOf<KnownRun>(session, readSql('sql/statements/ledger/quarantine_runs.sql'), [prefix])
  const prefix = text.toLowerCase()
  const wellFormed = /^[0-9a-f-]{8,36}$/.test(prefix)
  const found = wellFormed ? await runsFrom(prefix) : []
  const [only, ...others] = found
  if (only !== undefined && others.length === 0) return only.run_id
  const words = (runs: readonly KnownRun[]): string =>
    runs.map(run => `${run.run_id} (${run.source} ${run.batch_date}, ${run.status})`).join(', ')
  if (only !== undefined)
    throw new UsageError(`Several runs begin with ${prefix}: ${words(found)}. Give more of the id.`)
  const newest = await runsFrom('')
  throw new UsageError(
    `Expected the id of a run or its first 8 characters or more, found no run ${JSON.stringify(text.slice(0, 40))}. ` +
      (newest.length === 0 ? 'Nothing ran yet.' : `The newest: ${words(newest)}. caseload runs lists more.`),
  )
}
