import type { SourceEntry } from '../../operate/dictionary/entries.ts'
import { type BatchState, batchStates, ledgerAlone, type StateChecks } from '../../ledger/status.ts'
import { hasReadableLedger } from '../../ledger/schema-state.ts'
import type { Session } from '../../platform/postgres.ts'
import { readSql } from '../../platform/sql.ts'
import { attentionOf } from './attention.ts'
import { type BatchFile, batchKey, batchReport, batchesWithPage } from './batches.ts'
import type { ReportOptions, ReportPlaces } from './options.ts'
import type { CatalogueFacts } from './catalogue.ts'
import { type Clinical, readClinical, without } from './clinical.ts'
import type { Attention } from './document.ts'
import type { BatchReport } from './document-batch.ts'
import type { Quality } from './document-catalogue.ts'
import type { SelectReport, SourceReport } from './document-source.ts'
import { lastDue } from '../../source/schedule.ts'
import { groupBy } from './group.ts'
import type { ReadRelation } from './lineage.ts'
import { type CheckMonthRow, readLedger, readRuns, readSpan, type RunFileRow, type SourceRow } from './read-ledger.ts'
import { sourceReports } from './source-report.ts'
import { staleWords } from './stale-words.ts'
import { type Window, windowOf } from './window.ts'

/** What only a database knows. */
export interface Facts {
  /** Why there is no ledger; null where it is shown. */
  readonly note: string | null
  readonly window: Window | undefined
  readonly attention: readonly Attention[]
  readonly sources: readonly SourceReport[]
  readonly batches: readonly BatchReport[]
  readonly checks: Quality['checks']
  readonly clinical: Clinical
  readonly catalogue: CatalogueFacts
  readonly read: readonly ReadRelation[]
}

/** What the code knows, that facts are put together with. */
export interface KnownParts {
  readonly entries: readonly SourceEntry[]
  readonly selects: ReadonlyMap<string, readonly SelectReport[]>
  readonly nameOf: (source: string, file: RunFileRow) => string
}

/** A report that needs no database, and one where no batch ever ran. */
export function withoutDatabase(note: string): Facts {
  return {
    note,
    window: undefined,
    attention: [],
    sources: [],
    batches: [],
    checks: [],
    clinical: without(note),
    catalogue: { nulls: new Map(), types: new Map(), marts: new Set() },
    read: [],
  }
}

/** Reads all that a database knows, in some twenty queries, however many batches there are. */
export async function readFacts(
  session: Session,
  options: ReportOptions,
  places: ReportPlaces,
  known: KnownParts,
): Promise<Facts> {
  if (!(await hasReadableLedger(session))) return withoutDatabase('no batch ran yet')
  const { sources, to, internal, now } = options
  const span = await readSpan(session, sources)
  if (span === undefined) return withoutDatabase('no batch ran yet')
  const window = windowOf(options, { ...span, lastDue: lastDueOf(span.sources, now) })
  const checks = internal ? places.checks : staleWords(places.checks)
  const all = await batchStates(session, { sources, from: undefined, to, now }, within(window, checks))
  const states = all.filter(one => one.batch_date >= window.from && one.batch_date <= window.to)
  const rows = await readLedger(session, { sources, ...window })
  const pages = batchesWithPage(states, rows.runs, window)
  const attention = await attentionOf(all, places.landedDays, internal)
  return {
    note: null,
    window,
    attention,
    sources: sourceReports({ ...known, ran: span.sources, states, firstPublished: firstDays(all), rows, window, now }),
    batches: await readBatches(session, pages, attention, options, known),
    checks: checkMonths(rows.checkMonths),
    clinical: await readClinical(session, sources, window),
    catalogue: await readCatalogue(session, pages),
    read: (await session.query<ReadRelation>(readSql('sql/statements/report/read_relations.sql'))).rows,
  }
}

/** Only the days of the report are compared with what a run would make now. */
function within({ from, to }: Window, checks: StateChecks): StateChecks {
  return {
    deliveredSince: checks.deliveredSince,
    staleness: (batch, published) =>
      (batch.date >= from && batch.date <= to ? checks : ledgerAlone).staleness(batch, published),
  }
}

/** The last day that any of these sources owes by now. */
function lastDueOf(sources: readonly SourceRow[], now: Date): string {
  const owing = sources.filter(one => one.schedule !== 'irregular')
  const days = owing.map(one => lastDue({ due: one.due, lagDays: one.lag_days }, one.zone, now))
  return days.reduce((last, day) => (day > last ? day : last), '')
}

function firstDays(states: readonly BatchState[]): ReadonlyMap<string, string> {
  const first = new Map<string, string>()
  for (const { source, batch_date: date, published_run: run } of states)
    if (run !== null && !first.has(source)) first.set(source, date)
  return first
}

async function readBatches(
  session: Session,
  pages: readonly BatchFile[],
  attention: readonly Attention[],
  { internal }: ReportOptions,
  { nameOf }: KnownParts,
): Promise<readonly BatchReport[]> {
  const shown = pages.flatMap(({ shown }) => shown?.run_id ?? [])
  const all = pages.flatMap(({ runs }) => runs.map(run => run.run_id))
  const details = await readRuns(session, shown, all)
  const commands = groupBy(attention, one => one.source)
  const commandOf = (source: string, date: string): string | undefined =>
    commands.get(source)?.find(one => one.from <= date && date <= one.to)?.command
  return pages.map(page => batchReport(page, details, { internal, commandOf, nameOf }))
}

function checkMonths(rows: readonly CheckMonthRow[]): Quality['checks'] {
  return [...groupBy(rows, row => batchKey(`${row.source} ${row.table_name}`, row.check_name)).values()].flatMap(
    same => {
      const [one] = same
      if (one === undefined) return []
      const months = same.map(({ month, pass, warn, fail }) => ({ month, pass, warn, fail }))
      return [{ source: one.source, table: one.table_name, name: one.check_name, months }]
    },
  )
}

interface NullRow {
  readonly table_name: string
  readonly column_name: string
  readonly rows: number
  readonly nulls: number
}

/** @param pages the newest batches, whose leaves speak for the tables */
async function readCatalogue(session: Session, pages: readonly BatchFile[]): Promise<CatalogueFacts> {
  const runs = pages.flatMap(({ state }) => state.published_run ?? [])
  const nulls = await session.query<NullRow>(readSql('sql/statements/report/null_shares.sql'), [runs])
  const types = await session.query<{ view_name: string; column_name: string; type: string }>(
    readSql('sql/statements/report/column_types.sql'),
  )
  const marts = await session.query<{ mart: string }>('select mart from caseload.marts')
  return {
    nulls: new Map(
      nulls.rows.map(({ table_name: table, column_name: column, ...counts }) => [`${table}.${column}`, counts]),
    ),
    types: new Map(types.rows.map(row => [`${row.view_name}.${row.column_name}`, row.type])),
    marts: new Set(marts.rows.map(({ mart }) => mart)),
  }
}
