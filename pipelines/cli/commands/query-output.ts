import { stringify } from 'csv-stringify/sync'
import { escapedJson } from '../../platform/control-characters.ts'
import { countText } from '../../platform/count-text.ts'
import { textTable } from '../../platform/text-table.ts'
import { columnKind, type ColumnKind } from '../../platform/postgres.ts'

/** The rows of a query, with every value as the text of the server, or null. */
export interface QueryRows {
  readonly columns: readonly { readonly name: string; readonly type: number }[]
  readonly rows: readonly (readonly (string | null)[])[]
  /** How many rows a statement without a result wrote, null for one that writes none, as CREATE does; undefined for a query. */
  readonly written: number | null | undefined
}

/** The server writes `t` and `f`. */
const booleanText = (text: string): string => (text === 't' ? 'true' : 'false')

function plainText(kind: ColumnKind, text: string | null): string | null {
  return kind === 'boolean' && text !== null ? booleanText(text) : text
}

/** The rows as a table for a person; empty columns are left out and counted in the last line. */
export function queryTable({ columns, rows, written }: QueryRows): string {
  if (written !== undefined) return written === null ? 'Done.\n' : `Wrote ${countText(written, 'row')}.\n`
  const shown = columns.flatMap((_, i) => (rows.length === 0 || rows.some(row => row[i] !== null) ? [i] : []))
  const kinds = columns.map(column => columnKind(column.type))
  const pick = <T>(of: readonly T[]): T[] => of.filter((_, i) => shown.includes(i))
  const cells = rows.map(row => pick(row.map((text, i) => plainText(kinds[i] ?? 'other', text))))
  const numeric = kinds.map(kind => rows.length > 0 && (kind === 'number' || kind === 'bigint'))
  const table = textTable(pick(columns.map(({ name }) => name)), cells, { numeric: pick(numeric) })
  const empty = columns.length - shown.length
  const hidden = empty === 0 ? '' : `; not shown: ${countText(empty, 'column')} without a value`
  return `${table}(${countText(rows.length, 'row')}${hidden})\n`
}

/** The rows as CSV with a header, each value as the server writes it. */
export function queryCsv({ columns, rows }: QueryRows): string {
  const kinds = columns.map(column => columnKind(column.type))
  const lines = rows.map(row => row.map((text, i) => plainText(kinds[i] ?? 'other', text)))
  return stringify([columns.map(({ name }) => name), ...lines])
}

/**
 * The rows as one JSON array of objects. Numbers keep the server's digits; numeric, NaN, Infinity and integers past 2^53 become
 * strings. Of columns of one name, the second is called `name_2`, the third `name_3`: an object can hold only one of each.
 */
export function queryJson({ columns, rows }: QueryRows): string {
  const names = distinct(columns.map(column => column.name))
  const kinds = columns.map(column => columnKind(column.type))
  const fields = (row: readonly (string | null)[]): string =>
    names.map((name, i) => `    ${JSON.stringify(name)}: ${jsonText(kinds[i] ?? 'other', row[i])}`).join(',\n')
  const objects = rows.map(row => (columns.length === 0 ? '  {}' : `  {\n${fields(row)}\n  }`))
  return `${escapedJson(objects.length === 0 ? '[]' : `[\n${objects.join(',\n')}\n]`)}\n`
}

/** The names, each but once: a repeated one gets the next number that no column has. */
function distinct(names: readonly string[]): readonly string[] {
  const taken = new Set(names)
  const seen = new Set<string>()
  return names.map(name => {
    let free = name
    for (let n = 2; seen.has(free); n++) {
      const next = `${name}_${n}`
      if (!taken.has(next) && !seen.has(next)) free = next
    }
    seen.add(free)
    return free
  })
}

function jsonText(kind: ColumnKind, text: string | null | undefined): string {
  if (text === null || text === undefined) return 'null'
  if (kind === 'boolean') return booleanText(text)
  if (kind === 'json') return text
  const isNumber = kind === 'number' ? /^-?\d/.test(text) : kind === 'bigint' && Number.isSafeInteger(Number(text))
  return isNumber ? text : JSON.stringify(text)
}
