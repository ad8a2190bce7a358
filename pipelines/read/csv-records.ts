import { Readable, pipeline } from 'node:stream'
import { parse } from 'csv-parse'
import type { CsvInput } from '../source/inputs.ts'
import { leadingMarks } from './byte-order.ts'
import { encodingOf, toUtf8 } from '../platform/encoding.ts'
import { csvBody } from './csv-preamble.ts'
import type { ScannedFile } from './scan-file.ts'
import { unpack } from './unpack.ts'

/**
 * One record of a CSV file. Its texts have one character per byte (latin1): the bytes may not be in the declared
 * encoding.
 */
export interface CsvRecord {
  readonly fields: readonly string[]
  /** As delivered, without the line end. */
  readonly raw: string
}

/** What reading the records of a CSV file needs to know of it. */
export type CsvFile = Pick<ScannedFile, 'input' | 'name' | 'path' | 'gzip' | 'limits' | 'mayHoldQuotes'>

/**
 * Splits a CSV file into records and fields, header first, without blank lines and what is above the header. The content of a record never causes an
 * error: a record can have a wrong number of fields, and a misplaced quote stays in its field (see {@link
 * isWellQuoted}).
 *
 * The bytes are in the declared encoding, or in UTF-8 if the encoding can only be decoded as a stream.
 *
 * @returns hundreds of records per step: one record per step took twice the time
 */
export async function* csvRecords(file: CsvFile, input: CsvInput): AsyncGenerator<readonly CsvRecord[]> {
  const encoding = encodingOf(input.encoding)
  const unpacked = unpack(file, file.limits)
  const { bytes, delimiter } = await csvBody(
    encoding.kind === 'stream' ? toUtf8(unpacked, encoding) : unpacked,
    input,
    file.name,
  )
  const chunks = withoutMarks(bytes)
  yield* file.mayHoldQuotes ? parsed(chunks, delimiter) : lines(chunks, delimiter)
}

async function* parsed(chunks: AsyncIterable<Buffer>, delimiter: string): AsyncGenerator<CsvRecord[]> {
  const parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n'],
    // One character per byte. With buffers (encoding null) csv-parse throws if two records differ in their number of
    // fields.
    encoding: 'latin1',
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    raw: true,
  })
  // The loop below throws the errors of the source, too.
  const source = pipeline(Readable.from(chunks, { objectMode: false }), parser, () => undefined)
  let records: CsvRecord[] = []
  for await (const { record, raw } of source as AsyncIterable<{ record: string[]; raw: string }>) {
    records.push({ fields: record, raw: raw.replace(/^[\r\n]+/, '').replace(/\r?\n?$/, '') })
    if (records.length < 256) continue
    yield records
    records = []
  }
  yield records
}

/** For files without quotes: every line is a record. Takes a third of the parser's time. */
async function* lines(chunks: AsyncIterable<Buffer>, delimiter: string): AsyncGenerator<CsvRecord[]> {
  const recordsOf = (texts: readonly string[]): CsvRecord[] =>
    texts
      .map(line => (line.endsWith('\r') ? line.slice(0, -1) : line))
      .filter(line => line !== '')
      .map(raw => ({ fields: raw.split(delimiter), raw }))
  let held = ''
  for await (const chunk of chunks) {
    const found = chunk.toString('latin1').split('\n')
    found[0] = held + (found[0] ?? '')
    held = found.pop() ?? ''
    yield recordsOf(found)
  }
  yield recordsOf([held])
}

/** Removes byte order marks at the start (the parser would change its encoding) and a CR at the end of the file. */
async function* withoutMarks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer = Buffer.alloc(0)
  let begun = false
  for await (const chunk of chunks) {
    const bytes = held.length > 0 ? Buffer.concat([held, chunk]) : chunk
    const marks = begun ? { length: 0, isOpen: false } : leadingMarks(bytes)
    if (marks.isOpen) {
      held = bytes
      continue
    }
    begun = true
    const keep = bytes.at(-1) === 0x0d ? 1 : 0
    held = bytes.subarray(bytes.length - keep)
    yield bytes.subarray(marks.length, bytes.length - keep)
  }
  if (!begun) yield held.subarray(leadingMarks(held).length)
}

/**
 * True if the quotes of a record follow RFC 4180: a field that begins with a quote ends with one, and quotes inside it
 * are doubled. A quote in a field that does not begin with one is an ordinary character.
 */
export function isWellQuoted(raw: string, delimiter: string): boolean {
  for (let at = 0; ;) {
    if (raw[at] === '"') {
      let close = raw.indexOf('"', at + 1)
      while (close !== -1 && raw[close + 1] === '"') close = raw.indexOf('"', close + 2)
      if (close === -1) return false
      if (close + 1 === raw.length) return true
      if (raw[close + 1] !== delimiter) return false
      at = close + 2
    } else {
      const next = raw.indexOf(delimiter, at)
      if (next === -1) return true
      at = next + 1
    }
  }
}
