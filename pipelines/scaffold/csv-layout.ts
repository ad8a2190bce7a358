import type { CsvInput } from '../source/inputs.ts'

/** How the start of a CSV sample is laid out. */
export interface CsvLayout {
  readonly delimiter: NonNullable<CsvInput['delimiter']>
  /** Number of lines above the header, such as titles, without a first line `sep=;`. */
  readonly skip: number
}

const delimiters: readonly CsvLayout['delimiter'][] = [',', ';', '\t', '|']

/** Titles take fewer lines. */
const mostTitles = 10
/** Lines below the titles that show how wide the table is. */
const mostLines = 20

/**
 * Finds the separator of a sample, and the title lines above its header. A title fills at most two fields, and fewer than the
 * header, where at least two of the lines below have the header's width.
 *
 * @param text the first lines of the sample
 */
export function csvLayout(text: string): CsvLayout {
  const all = text.replace(/^\ufeff/, '').split(/\r?\n/, mostTitles + mostLines)
  const named = delimiters.find(one => new RegExp(`^"?sep=\\${one}"?$`, 'i').test(all[0] ?? ''))
  const lines = named === undefined ? all : all.slice(1)
  const skip = titlesOf(lines, named === undefined ? delimiters : [named])
  return { delimiter: named ?? delimiterOf(lines[skip] ?? ''), skip }
}

function titlesOf(lines: readonly string[], separators: readonly string[]): number {
  for (const separator of separators) {
    const counts = lines.map(line => line.split(separator).length)
    const header = lines.findIndex(
      (line, index) => filled(line, separator) > 2 && counts[index] === Math.max(...counts),
    )
    if (header < 1 || header > mostTitles) continue
    const above = lines.slice(0, header).every(line => filled(line, separator) <= 2)
    const below = counts.slice(header + 1).filter(count => count === counts[header]).length
    if (above && below > 1) return header
  }
  return 0
}

/** Number of fields of a line that hold something. */
const filled = (line: string, separator: string): number =>
  line.split(separator).filter(field => field.trim() !== '').length

function delimiterOf(header: string): CsvLayout['delimiter'] {
  const count = (delimiter: string): number => header.split(delimiter).length
  return delimiters.reduce((best, one) => (count(one) > count(best) ? one : best))
}
