import { numberText } from './count-text.ts'
import { visibleControls } from './control-characters.ts'

/** One row of a table: cells in the order of its columns; null and undefined are printed empty. */
export type Cells = readonly unknown[]

/** How a table is set. */
export interface TextTableOptions {
  /** Which columns are numeric; by default those whose cells are all numbers or null. */
  readonly numeric?: readonly boolean[]
  /** The columns of the terminal: longer lines wrap inside their cells, the last column first. Undefined: no limit. */
  readonly width?: number | undefined
  /** Colours a padded text of the body, given its cell. */
  readonly paint?: ((text: string, cell: unknown, column: number) => string) | undefined
}

/** The visible characters. Made for each text that is not ASCII: the first segmenter of a process costs 20 ms, and most tables need none. */
const characters = (text: string): readonly string[] =>
  Array.from(new Intl.Segmenter().segment(text), one => one.segment)

/** The number of visible characters. */
function width(text: string): number {
  // Most cells are ASCII, which needs no segmenter.
  return /^[\x20-\x7e]*$/.test(text) ? text.length : characters(text).length
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return Number.isInteger(value) ? numberText(value) : String(value)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const shown = (value: unknown): string => visibleControls(cellText(value).replaceAll(/[\r\n\t]+/g, ' '))

/**
 * Formats rows as a text table: numbers right-aligned, with a comma between thousands, text left-aligned, control characters escaped. Nothing is cut.
 *
 * @param columns headings
 * @returns lines that end with a line feed; only the headings if `rows` is empty
 */
export function textTable(columns: readonly string[], rows: readonly Cells[], options: TextTableOptions = {}): string {
  const numeric =
    options.numeric ??
    columns.map((_, i) => rows.length > 0 && rows.every(row => row[i] === null || typeof row[i] === 'number'))
  const texts = [columns.map(visibleControls), ...rows.map(row => columns.map((_, i) => shown(row[i])))]
  // Not Math.max(...): a call accepts about 120,000 arguments, and a query may return more rows.
  const natural = columns.map((_, i) => texts.reduce((widest, line) => Math.max(widest, width(line[i] ?? '')), 0))
  const widths = options.width === undefined ? natural : fitted(natural, numeric, options.width)
  const pad = (text: string, i: number): string => {
    const fill = ' '.repeat(Math.max(0, (widths[i] ?? 0) - width(text)))
    return numeric[i] === true ? fill + text : text + fill
  }
  const lines = texts.map((cells, at) => {
    const wrapped = cells.map((text, i) => (options.width === undefined ? [text] : wrap(text, widths[i] ?? 0)))
    const height = wrapped.reduce((most, { length }) => Math.max(most, length), 1)
    return Array.from({ length: height }, (_, line) => {
      const padded = wrapped.map((parts, i) => pad(parts[line] ?? '', i))
      // Before the colours, which would hide blanks at the end of a line.
      const last = padded.findLastIndex(text => text.trim() !== '')
      const kept = padded.slice(0, last + 1).map((text, i) => (i === last ? text.trimEnd() : text))
      return kept.map((text, i) => (at === 0 ? text : (options.paint?.(text, rows[at - 1]?.[i], i) ?? text))).join('  ')
    }).join('\n')
  })
  const rule = widths.map(one => '-'.repeat(one)).join('  ')
  const [head = '', ...body] = lines
  return [head, rule, ...body].map(line => `${line}\n`).join('')
}

/** A wrapped cell is at least this wide: narrower columns are harder to read than a line that the terminal wraps. */
const narrowest = { last: 24, other: 12 } as const

/** Takes from the last column first, then from the widest ones, until the line fits; numbers never wrap. */
function fitted(natural: readonly number[], numeric: readonly boolean[], room: number): readonly number[] {
  const widths = [...natural]
  const last = widths.length - 1
  const excess = (): number => widths.reduce((sum, one) => sum + one, 2 * last) - room
  const narrow = (i: number, least: number): void => {
    const one = widths[i] ?? 0
    if (numeric[i] !== true) widths[i] = Math.min(one, Math.max(least, one - Math.max(0, excess())))
  }
  narrow(last, narrowest.last)
  const others = widths.map((_, i) => i).slice(0, -1)
  for (const i of others.sort((a, b) => (natural[b] ?? 0) - (natural[a] ?? 0))) narrow(i, narrowest.other)
  return widths
}

/**
 * Breaks a text into lines of at most so many characters, at blanks; a longer word breaks anywhere.
 *
 * @returns at least one line
 */
export function wrap(text: string, room: number): readonly string[] {
  if (width(text) <= room) return [text]
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`
    if (width(joined) <= room) {
      line = joined
      continue
    }
    if (line !== '') lines.push(line)
    const parts = [...characters(word)]
    while (parts.length > room) lines.push(parts.splice(0, room).join(''))
    line = parts.join('')
  }
  return line === '' ? lines : [...lines, line]
}
