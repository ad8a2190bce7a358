import { canonical } from '../../../pipelines/contract/tables/canonical.ts'
import { columnsOf, type Contract, type ContractColumn } from '../../../pipelines/contract/contract.ts'

/** A row of delivered text by column; null is delivered as an empty cell. */
export type Row = Readonly<Record<string, string | null>>

/** What a text of ours would never hold: the mark of every text, number, date and time that the tests deliver. */
const marks = [
  /qzvx[^\n]{0,60}/i,
  /717a7678/i,
  /91827364\d*/,
  /73914682[\d.]*/,
  /190[67]-0\d-\d\d/,
  /160[67]-0\d-\d\d/,
  /1908-04-1\d/,
  // Not its time alone: a log has 02:30:17 once a day.
  /2013-03-31[T ]?[\d:]*/,
]

/** Those that stand in columns which identify a person directly. */
const directMarks = [/qzvx direct[^\n]{0,60}/i, /1[69]06-0\d-\d\d/]

/** The canaries that a text holds, an excerpt of each kind; none if it is clean. */
export function canariesIn(text: string): readonly string[] {
  return marks.flatMap(mark => mark.exec(text)?.[0] ?? [])
}

/** The same, of columns that identify a person directly. */
export function directCanariesIn(text: string): readonly string[] {
  return directMarks.flatMap(mark => mark.exec(text)?.[0] ?? [])
}

/** Contracts by table. */
export const contracts: ReadonlyMap<string, Contract> = new Map(canonical.map(contract => [contract.table, contract]))

/** Columns by which tables refer to each other: these have one canary in all tables. */
const shared = new Set([...canonical.flatMap(one => one.references.flatMap(({ columns }) => columns))])

/**
 * A value of a column that its contract accepts, and that can be found again wherever the column has room for it: words of
 * a closed list and ages have none.
 */
export function canaryOf(table: string, column: ContractColumn, row: number): string {
  const where = `${isDirect(column) ? 'direct ' : ''}${shared.has(column.name) ? column.name : `${table} ${column.name}`}`
  const candidates = [
    ...(column.type.kind === 'oneOf' ? column.type.values : []),
    `Qzvx ${where} ${row}`,
    `qzvx.${table}.${column.name}.${row}@example.org`,
    `71:7a:76:78:00:${String(row).padStart(2, '0')}`,
    String(918_273_640 + row),
    `${73_914_682 + row / 1000}`,
    `${isDirect(column) ? '1906' : '1907'}-03-${10 + (row % 20)}`,
    `1908-04-17T05:07:${10 + (row % 50)}`,
    String(90 + (row % 40)),
  ]
  const found = candidates.find(value => contracts.get(table)?.shape[column.name]?.safeParse(value).success)
  if (found === undefined) throw new Error(`no canary of ours is a value of ${table}.${column.name}`)
  return found
}

const isDirect = (column: ContractColumn): boolean => column.phi === 'direct'

/** A valid row; what it refers to is in row `of` of the parents. */
export function goodRow(table: string, row: number, of = row): Row {
  const contract = contracts.get(table)
  if (contract === undefined) throw new Error(`no table ${table}`)
  const parents = new Set(contract.references.flatMap(({ columns }) => columns))
  const cell = (column: ContractColumn): string => canaryOf(table, column, parents.has(column.name) ? of : row)
  return Object.fromEntries(columnsOf(contract).map(column => [column.name, cell(column)]))
}

/** Rows 1 to 3 of every table. */
export function goodRows(): Map<string, Row[]> {
  return new Map(canonical.map(({ table }) => [table, [1, 2, 3].map(row => goodRow(table, row))]))
}

/** How a value can break each rule of a column, with a canary in it where the rule leaves room for one. */
const breaking: Readonly<Record<string, (column: ContractColumn) => readonly (string | null)[]>> = {
  required: ({ nullable }) => (nullable ? [] : [null]),
  length: column => [`${word(column)} too long `.repeat(40)],
  nul: column => [`${word(column)}\0nul`],
  pattern: column => [`${word(column)} no such form`],
  one_of: column => [`${word(column)} no such word`],
  cast: column => ['9182736455', '9182736455918273645', `${year(column)}-02-30`, `${year(column)}-02-30T11:22:33`],
  range: column => ['918273645', '-918273645', `1${year(column, 606)}-03-11`, `1${year(column, 606)}-03-11T11:22:33`],
  dst_gap: ({ type }) => (type.kind === 'timestamp' ? ['2013-03-31T02:30:17'] : []),
}

const word = (column: ContractColumn): string => (isDirect(column) ? 'Qzvx direct' : 'Qzvx')
const year = (column: ContractColumn, first = 1906): number => (isDirect(column) ? first : first + 1)

/** The rules of columns. */
export const columnRules: readonly string[] = Object.keys(breaking)

/** Rows of all tables, and which columns of which are broken in one of them. */
export interface BrokenRows {
  readonly rows: Map<string, Row[]>
  /** `<table>.<column>`, sorted. */
  readonly broken: readonly string[]
}

/** For each column that has the rule, in every table, one row that breaks it there. */
export function brokenRows(rule: string): BrokenRows {
  const rows = goodRows()
  const broken = new Set<string>()
  for (const contract of canonical) {
    let row = 3
    for (const column of columnsOf(contract)) {
      for (const value of breaking[rule]?.(column) ?? []) {
        if (value !== null && rule !== 'dst_gap' && firstIssue(contract, column, value) !== rule) continue
        broken.add(`${contract.table}.${column.name}`)
        rows.get(contract.table)?.push({ ...goodRow(contract.table, ++row, 1), [column.name]: value })
      }
    }
  }
  return { rows, broken: [...broken].sort() }
}

/** The rule that zod says a value breaks. */
function firstIssue(contract: Contract, column: ContractColumn, value: string): string | undefined {
  const parsed = contract.shape[column.name]?.safeParse(value)
  const issue = parsed?.success === false ? parsed.error.issues[0] : undefined
  if (issue === undefined) return undefined
  if (issue.code === 'custom') return String(issue.params?.['rule'])
  return issue.code === 'invalid_format' ? 'pattern' : issue.code
}

/** The rows of a table as a CSV file. */
export function csvOf(table: string, rows: readonly Row[]): string {
  const names = Object.keys(contracts.get(table)?.shape ?? {})
  const cell = (value: string | null | undefined): string => (value == null ? '' : `"${value.replaceAll('"', '""')}"`)
  return [names.join(','), ...rows.map(row => names.map(name => cell(row[name])).join(',')), ''].join('\n')
}
