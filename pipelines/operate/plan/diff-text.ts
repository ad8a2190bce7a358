import { countText } from '../../platform/count-text.ts'
import { warnings } from '../../audit/check-result.ts'
import { textTable, type TextTableOptions } from '../../platform/text-table.ts'
import { timeText } from '../../platform/time-text.ts'
import type { BatchPlan, TablePlan } from './diff-batch.ts'
import type { ColumnDiff } from './diff.ts'

/** Smaller differences of null shares are not shown; `--json` has all of them. */
const noticeable = 0.01

/** How a plan is written. */
export interface PlanTextOptions {
  /** Times in UTC; default: in the zone of this machine. */
  readonly utc?: boolean
  readonly style?: TextTableOptions
}

/** A plan for a person: the tables, then each part that is not empty. */
export function planText(plan: BatchPlan, { utc = false, style = {} }: PlanTextOptions = {}): string {
  const part = partIn(style)
  return [
    headline(plan, utc),
    plan.refusal === null ? '' : `Would be refused: ${plan.refusal}\n`,
    plan.tables.length === 0 ? '' : `\n${rowsTable(plan.tables, style)}`,
    part('Columns that differ in changed rows', changes(plan.tables)),
    part('Left out of the tables', leftOut(plan.tables)),
    part('Share of nulls', nulls(plan.tables)),
    contracts(plan),
    part('Quality rules that warn', warned(plan)),
    keys(plan.tables),
  ].join('')
}

function headline({ source, date, runId, published, files }: BatchPlan, utc: boolean): string {
  const against =
    published === null
      ? 'compared with nothing: the batch is not published'
      : `compared with run ${published.runId}, published ${timeText(published.publishedAt, utc)}`
  const count = files.after?.records
  const records = count === undefined ? '' : `${countText(count, 'record')}; `
  return `Plan of ${source} ${date}: ${records}${against}. Nothing was published, run ${runId}.\n`
}

function rowsTable(tables: readonly TablePlan[], style: TextTableOptions): string {
  return textTable(
    ['table', 'before', 'after', 'added', 'removed', 'changed'],
    tables.map(one => [one.table, one.rowsBefore, one.rowsAfter, one.added, one.removed, one.changed]),
    style,
  )
}

type Part = { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }

const partIn =
  (style: TextTableOptions) =>
  (title: string, { columns, rows }: Part): string =>
    rows.length === 0 ? '' : `\n${title}:\n${textTable(columns, rows, style)}`

function changes(tables: readonly TablePlan[]): Part {
  const rows = tables.flatMap(({ table, columns }) =>
    columns.filter(({ changed }) => changed > 0).map(({ column, changed }) => [table, column, changed]),
  )
  return { columns: ['table', 'column', 'rows'], rows }
}

function leftOut(tables: readonly TablePlan[]): Part {
  const rows = tables.flatMap(({ table, quarantined, removedByRule, dropped }) => {
    const hows = { quarantined, removed: removedByRule, 'value dropped': dropped }
    return Object.entries(hows).flatMap(([how, { before, after }]) =>
      [...new Set([...Object.keys(before), ...Object.keys(after)])].map(rule => [
        table,
        how,
        rule,
        before[rule] ?? 0,
        after[rule] ?? 0,
      ]),
    )
  })
  return { columns: ['table', 'how', 'rule', 'before', 'after'], rows }
}

function nulls(tables: readonly TablePlan[]): Part {
  const rows = tables.flatMap(({ table, columns }) =>
    columns
      .filter(isNoticeable)
      .map(({ column, nullsBefore, nullsAfter }) => [table, column, percent(nullsBefore), percent(nullsAfter)]),
  )
  return { columns: ['table', 'column', 'before', 'after'], rows }
}

function isNoticeable({ nullsBefore, nullsAfter }: ColumnDiff): boolean {
  return nullsBefore !== null && nullsAfter !== null && Math.abs(nullsAfter - nullsBefore) >= noticeable
}

const percent = (share: number | null): string => (share === null ? '' : `${(share * 100).toFixed(1)} %`)

function contracts({ published, contractChanges }: BatchPlan): string {
  if (published === null) return ''
  if (contractChanges === null) return '\nThe contracts of the published version are not known.\n'
  if (contractChanges.length === 0) return ''
  const lines = contractChanges.map(
    ({ table, column, change }) => `  ${table}${column === undefined ? '' : `.${column}`}: ${change}\n`,
  )
  return `\nContracts that changed since:\n${lines.join('')}`
}

function warned({ checks }: BatchPlan): Part {
  const rows = warnings(checks).map(({ table, check, badRows, checkedRows, detail }) => [
    table,
    check,
    badRows,
    checkedRows,
    detail,
  ])
  return { columns: ['table', 'rule', 'bad rows', 'of', 'detail'], rows }
}

/** One line per key: a table would cut a long key. */
function keys(tables: readonly TablePlan[]): string {
  const lines = tables.flatMap(({ table, keys: found = [] }) =>
    found.map(({ kind, key, columns }) => {
      const parts = Object.entries(key).map(([name, value]) => `${name}=${String(value)}`)
      return `  ${table} ${kind}: ${parts.join(' ')}${columns.length === 0 ? '' : ` (${columns.join(', ')})`}\n`
    }),
  )
  return lines.length === 0 ? '' : `\nKeys:\n${lines.join('')}`
}
