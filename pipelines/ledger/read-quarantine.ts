import { UsageError } from '../platform/errors.ts'
import type { Session } from '../platform/postgres.ts'
import { readSql } from '../platform/sql.ts'

/** One row in quarantine, or one dropped value, without what was delivered: nothing of it is a patient's value. */
export interface QuarantinedRow {
  readonly id: number
  readonly run_id: string
  readonly source: string
  /** `yyyy-mm-dd` */
  readonly batch_date: string
  /** The table, or the name of the input where a whole record was none of the declared form. */
  readonly table_name: string
  readonly file: string
  readonly record_no: number
  readonly column_name: string | null
  readonly rule: string
  readonly reason: string
  readonly state: QuarantineState
  /** True for a value of a loaded row, which stands in `column_name`; the batch of a refused run would have loaded it so. */
  readonly dropped: boolean
}

/**
 * `open`: its batch is published without the row. `dropped`: its batch is published with the row and without the value.
 * `refused`: its run was refused.
 */
export type QuarantineState = 'open' | 'dropped' | 'refused'

/** A row in quarantine with what was delivered. */
export interface QuarantinedContent extends QuarantinedRow {
  readonly run_started_at: string
  /** JSON text, digit by digit as it was kept; null where a database that masks keeps none. */
  readonly row: string | null
}

/** Rows in quarantine, or values dropped of one column, of one source, batch, table, rule and state. */
export interface QuarantineCount {
  readonly source: string
  readonly batch_date: string
  readonly table_name: string
  /** The column whose values are dropped; null where whole rows are not loaded. */
  readonly column_name: string | null
  readonly rule: string
  readonly state: QuarantineState
  readonly rows: number
  /** Rows that were offered to the table; null where the run ended before it had counted them. */
  readonly candidates: number | null
  /** Rows by candidates, 0 to 1. */
  readonly share: number | null
}

/** Which rows {@link listQuarantine} gives; undefined where it does not matter. */
export interface QuarantineFilter {
  readonly source: string | undefined
  /** `yyyy-mm-dd` */
  readonly date: string | undefined
  /** A run's id or the first eight or more characters of it. */
  readonly run: string | undefined
  readonly table: string | undefined
  readonly rule: string | undefined
  readonly limit: number
}

/**
 * Rows in quarantine, the newest run first. Without a run: of published batches, and of the newest run of a batch if that
 * one was refused.
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
  const found = await session.query<QuarantinedRow>(readSql('sql/statements/ledger/quarantine_list.sql'), [
    source ?? null,
    date ?? null,
    run,
    table ?? null,
    rule ?? null,
    limit + 1,
  ])
  return { rows: found.rows.slice(0, limit), more: found.rows.length > limit }
}

/**
 * How many rows are in quarantine, of the same runs as {@link listQuarantine} without a run.
 *
 * @param date `yyyy-mm-dd`
 */
export async function countQuarantine(
  session: Session,
  source: string | undefined,
  date: string | undefined,
): Promise<readonly QuarantineCount[]> {
  const filter = [source ?? null, date ?? null]
  return (await session.query<QuarantineCount>(readSql('sql/statements/ledger/quarantine_summary.sql'), filter)).rows
}

/**
 * One row in quarantine as it was delivered: the values of a patient.
 *
 * @param id as {@link listQuarantine} gives it
 * @throws UsageError if there is no such row
 */
export async function readQuarantined(session: Session, id: string): Promise<QuarantinedContent> {
  const found = await session.query<QuarantinedContent>(readSql('sql/statements/ledger/quarantine_row.sql'), [id])
  const [row] = found.rows
  if (row !== undefined) return row
  const range = await session.query<{ rows: number; first: number | null; last: number | null }>(
    `select count(*) as rows, min(quarantine_id) as first, max(quarantine_id) as last from caseload.quarantine`,
  )
  const { rows = 0, first, last } = range.rows[0] ?? {}
  const there = rows === 0 ? 'quarantine is empty' : `there are ${rows} rows, from ${first ?? ''} to ${last ?? ''}`
  throw new UsageError(
    `Expected the id of a row in quarantine, found none with ${id}; ${there}. caseload quarantine ls lists them; a ` +
      'batch that runs again gives its rows new ids.',
  )
}

/**
 * A name mistyped must not read like a batch without a bad row.
 *
 * @throws UsageError for a source that the ledger does not know, naming those it knows
 */
export async function requireSource(session: Session, source: string): Promise<void> {
  const found = await session.query<{ source: string }>('select source from caseload.sources order by source')
  const known = found.rows.map(row => row.source)
  if (known.includes(source)) return
  const list = known.length === 0 ? 'No source ran yet' : `Sources that ran: ${known.join(', ')}`
  throw new UsageError(`Expected a source that ran; ${source} never did. ${list}.`)
}

interface KnownRun {
  readonly run_id: string
  readonly source: string
  readonly batch_date: string
  readonly status: string
}

async function findRun(session: Session, text: string): Promise<string> {
  const runsFrom = async (prefix: string): Promise<readonly KnownRun[]> =>
    (await session.query<KnownRun>(readSql('sql/statements/ledger/quarantine_runs.sql'), [prefix])).rows
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
