import { leadingMarks, startsAsWide } from './byte-order.ts'
import { RefusedError } from '../platform/errors.ts'
import type { CsvInput } from '../source/inputs.ts'

/** The bytes of a CSV file from its header on, and how it separates fields. */
export interface CsvBody {
  readonly bytes: AsyncIterable<Buffer>
  readonly delimiter: string
  /** True if lines above the header were left out: then DuckDB cannot read the file directly. */
  readonly isCut: boolean
}

/** A line that Excel writes and reads: the separator of the file. */
const separatorLine = /^"?sep=(.)"?(?:\r?\n|\r?$)/is
/** Byte order marks and such a line are shorter. */
const longestStart = 64

const newline = 0x0a

/**
 * Leaves out what is above the header of a CSV file: a first line `sep=;`, then as many lines as the input skips. The scan and
 * the exact way both read what this returns, so that they count the same records.
 *
 * @param chunks unpacked bytes, in UTF-8 or an encoding of single bytes
 * @throws RefusedError if the line names a separator that Caseload does not know
 */
export async function csvBody(chunks: AsyncIterable<Buffer>, input: CsvInput, fileName: string): Promise<CsvBody> {
  const { delimiter = ',', skip = 0 } = input
  const iterator = chunks[Symbol.asyncIterator]()
  const body = (first: Buffer): AsyncIterable<Buffer> => joined(first, iterator)
  let start: Buffer = Buffer.alloc(0)
  while (start.length < longestStart) {
    const next = await iterator.next()
    if (next.done === true) break
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value])
  }
  if (startsAsWide(start)) return { bytes: body(start), delimiter, isCut: false }
  const { length } = leadingMarks(start)
  const found = separatorLine.exec(start.toString('latin1', length, longestStart))
  if (found === null && skip === 0) return { bytes: body(start), delimiter, isCut: false }
  const separator = found === null ? delimiter : (found[1] ?? '')
  if (![',', ';', '\t', '|'].includes(separator)) {
    await iterator.return?.()
    throw unknownSeparator(fileName)
  }
  const bytes = withoutLines(body(start.subarray(length + (found?.[0].length ?? 0))), skip)
  return { bytes, delimiter: separator, isCut: true }
}

function unknownSeparator(fileName: string): RefusedError {
  return new RefusedError(
    `Expected a comma, semicolon, tab or | in the line sep= of ${fileName}, found another character. Deliver it with one of them.`,
  )
}

async function* joined(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    if (first.length > 0) yield first
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
  } finally {
    // Closes the file, also for a caller that only wants the header.
    await rest.return?.()
  }
}

/** Lines end with a line feed, whatever they contain. */
async function* withoutLines(chunks: AsyncIterable<Buffer>, lines: number): AsyncGenerator<Buffer> {
  let left = lines
  for await (const chunk of chunks) {
    let from = 0
    while (left > 0) {
      const end = chunk.indexOf(newline, from)
      if (end === -1) break
      from = end + 1
      left--
    }
    if (left === 0 && from < chunk.length) yield chunk.subarray(from)
  }
}
