import type { SourceEntry } from '../../operate/dictionary/entries.ts'
import type { BatchState } from '../../ledger/status.ts'
import { transformerOf } from '../../source/batch.ts'
import { withBands } from './bands.ts'
import type { RuleWeeks, SelectReport, SourceDay, SourceReport } from './document-source.ts'
import { groupBy } from './group.ts'
import { lastDueAt, onTimeMonths } from './on-time.ts'
import type { LedgerRows, RuleWeekRow, RunRow, SourceRow } from './read-ledger.ts'
import { daysIn, type Window } from './window.ts'

/** What the sources of a report are made from. */
export interface SourceParts {
  readonly entries: readonly SourceEntry[]
  readonly selects: ReadonlyMap<string, readonly SelectReport[]>
  /** Of the days of the window. */
  readonly states: readonly BatchState[]
  /** Of all days: the first published one decides what is expected. */
  readonly firstPublished: ReadonlyMap<string, string>
  readonly ran: readonly SourceRow[]
  readonly rows: LedgerRows
  readonly window: Window
  readonly now: Date
}

/** The sources that ran, by name. */
export function sourceReports(parts: SourceParts): SourceReport[] {
  const { entries, selects, states, ran, rows, window, now, firstPublished } = parts
  const statesOf = groupBy(states, one => one.source)
  const runsOf = groupBy(rows.runs, run => run.source)
  const tablesOf = groupBy(rows.tableRows, row => row.source)
  const weeksOf = groupBy(rows.ruleWeeks, row => row.source)
  const days = daysIn(window)
  const ask = lastDueAt()
  return ran.map(row => {
    const name = row.source
    const runs = runsOf.get(name) ?? []
    const entry = entries.find(one => one.name === transformerOf(name))
    const tables = groupBy(tablesOf.get(name) ?? [], one => one.table_name)
    const first = firstPublished.get(name)
    return {
      ...declared(name, entry, row, selects.get(transformerOf(name)) ?? []),
      days: sourceDays(statesOf.get(name) ?? [], runs),
      on_time: onTimeMonths(row, days, firstVersions(runs), { first, now, ask }),
      rows: [...tables].map(([table, counts]) => ({
        table,
        days: withBands(counts.map(({ batch_date: date, rows }) => ({ date, rows }))),
      })),
      broken: brokenRules(weeksOf.get(name) ?? []),
    }
  })
}

/** The sources as their classes declare them: all that is known without a database. */
export function declaredSources(
  entries: readonly SourceEntry[],
  selects: ReadonlyMap<string, readonly SelectReport[]>,
): SourceReport[] {
  return entries.map(entry => ({
    ...declared(entry.name, entry, undefined, selects.get(entry.name) ?? []),
    days: [],
    on_time: [],
    rows: [],
    broken: [],
  }))
}

type Declared = Omit<SourceReport, 'days' | 'on_time' | 'rows' | 'broken'>

function declared(
  name: string,
  entry: SourceEntry | undefined,
  row: SourceRow | undefined,
  selects: readonly SelectReport[],
): Declared {
  return {
    name,
    installed: entry !== undefined,
    class: entry?.class ?? null,
    zone: row?.zone ?? entry?.zone ?? '',
    schedule: row?.schedule ?? entry?.schedule ?? '',
    due: row?.due ?? '24:00',
    lag_days: row?.lag_days ?? 1,
    ready: [...(entry?.ready ?? [])],
    max_bad_rows: entry?.max_bad_rows ?? null,
    inputs: (entry?.inputs ?? []).map(input => ({ ...input, files: [...input.files], fields: [...input.fields] })),
    tables: [...(entry?.tables ?? [])],
    rules: [...(entry?.rules ?? [])],
    checks: [...(entry?.checks ?? [])],
    selects: [...selects],
  }
}

function sourceDays(states: readonly BatchState[], runs: readonly RunRow[]): SourceDay[] {
  const newest = new Map(runs.map(run => [run.batch_date, run]))
  return states.map(({ batch_date: date, state, problem, rows, quarantined, dropped }) => {
    const run = newest.get(date)
    const seconds =
      run?.ended_at === undefined || run.ended_at === null ? null : Math.round((run.ended_at - run.started_at) / 1000)
    return { date, state, problem, rows, quarantined, dropped, seconds }
  })
}

/** By day, when its first version was published. */
function firstVersions(runs: readonly RunRow[]): ReadonlyMap<string, number> {
  const first = new Map<string, number>()
  for (const { batch_date: date, published_at: at } of runs) {
    if (at !== null && at < (first.get(date) ?? Infinity)) first.set(date, at)
  }
  return first
}

function brokenRules(rows: readonly RuleWeekRow[]): RuleWeeks[] {
  return [...groupBy(rows, row => `${row.table_name} ${row.rule} ${row.what}`).values()]
    .flatMap(same => {
      const [one] = same
      if (one === undefined) return []
      const { table_name: table, rule, what } = one
      const total = same.reduce((sum, { count }) => sum + count, 0)
      return [{ table, rule, what, total, weeks: same.map(({ week, count }) => ({ week, count })) }]
    })
    .sort((a, b) => b.total - a.total)
}
