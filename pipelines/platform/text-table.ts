import { visibleControls } from './control-characters.ts'

/** One row of a table: cells in the order of its columns; null and undefined are printed empty. */
export type Cells = readonly unknown[]

const maxCell = 60

const ascii = /^[\x20-\x7e]*$/

/** Counts the visible characters of a cell. Most tables are ASCII and need no segmenter: the first one costs 20 ms. */
function widthIn(lines: readonly (readonly string[])[]): (text: string) => number {
  if (lines.every(line => line.every(text => ascii.test(text)))) return text => text.length
  const segmenter = new Intl.Segmenter()
  return text => (ascii.test(text) ? text.length : Array.from(segmenter.segment(text)).length)
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function shown(value: unknown): string {
  const line = visibleControls(cellText(value).replaceAll(/[\r\n\t]+/g, ' '))
  return line.length > maxCell ? `${line.slice(0, maxCell - 1)}…` : line
}

/**
 * Formats rows as a text table: numbers right-aligned, text left-aligned, long cells cut at 60 characters, control characters
 * escaped.
 *
 * @param columns headings
 * @param numeric which columns are numeric; by default those whose cells are all numbers or null
 * @returns lines that end with a line feed; only the headings if `rows` is empty
 */
export function textTable(
  columns: readonly string[],
  rows: readonly Cells[],
  numeric: readonly boolean[] = columns.map(
    (_, i) => rows.length > 0 && rows.every(row => row[i] === null || typeof row[i] === 'number'),
  ),
): string {
  const lines = [columns.map(visibleControls), ...rows.map(row => columns.map((_, i) => shown(row[i])))]
  const width = widthIn(lines)
  // Not Math.max(...): a call accepts about 120,000 arguments, and a query may return more rows.
  const widths = columns.map((_, i) => lines.reduce((widest, line) => Math.max(widest, width(line[i] ?? '')), 0))
  const pad = (text: string, i: number): string => {
    const fill = ' '.repeat((widths[i] ?? 0) - width(text))
    return numeric[i] === true ? fill + text : text + fill
  }
  const rule = widths.map(wide => '-'.repeat(wide)).join('  ')
  const [head = [], ...body] = lines.map(line => line.map(pad).join('  ').trimEnd())
  return [head, rule, ...body].map(line => `${String(line)}\n`).join('')
}
