import { replacement } from '../platform/encoding.ts'
import { MissingInputError, RefusedError } from '../platform/errors.ts'
import type { CsvInput } from '../source/inputs.ts'
import { type NormalisedCopy, NormalisedWriter } from './normalised-copy.ts'
import { type CsvHeader, sameName } from './csv-header.ts'
import { type CsvRecord, csvRecords, isWellQuoted } from './csv-records.ts'
import { CsvTexts } from './csv-texts.ts'
import { concatenated, type OnReject, type RejectRule } from './rejected-record.ts'
import type { ScannedFile } from './scan-file.ts'

/** What {@link normaliseCsv} needs. */
export interface NormaliseCsvOptions {
  readonly file: ScannedFile
  /** From 1. */
  readonly fileNo: number
  readonly input: CsvInput
  readonly header: CsvHeader
  /** Path of the copy. */
  readonly path: string
  readonly onReject: OnReject
}

/** The copy of a CSV file, and how many records were left out because they consist of separators alone. */
export interface CsvCopy extends NormalisedCopy {
  readonly emptyRows: number
}

/** Characters that are decoded in one call: 5M calls of a decoder took longer than everything else. */
const batchLength = 1 << 18

/**
 * Writes the normalised copy of a CSV file: UTF-8, LF, every field quoted; the record's number, then the declared
 * columns that the file has. Rejected records are left out, and records of separators alone.
 *
 * @throws RefusedError if files with different headers were concatenated, or a column without a name holds a value
 * @throws MissingInputError if the declared trailer is missing or has a wrong count
 */
export async function normaliseCsv(options: NormaliseCsvOptions): Promise<CsvCopy> {
  const { file, input, header } = options
  const writer = await NormalisedWriter.create(options.path)
  const texts = new CsvTexts(input)
  const reject = (record: NumberedRecord, fault: Fault): Promise<void> =>
    options.onReject({
      fileNo: options.fileNo,
      recordNo: record.recordNo,
      ...fault,
      row: rowOf(record, fault, texts),
    })
  try {
    const batch = new Batch(writer, texts, reject)
    // The header does not count as a record. If the input declares a trailer, the last record is held back.
    let recordNo = 0
    let held: CsvRecord | undefined
    let first: CsvRecord | undefined
    let emptyRows = 0
    for await (const records of csvRecords(file, input)) {
      for (const next of records) {
        const record = input.trailer === undefined ? next : held
        held = next
        first ??= next
        if (record === undefined || recordNo++ === 0) continue
        const numbered = { fields: record.fields, raw: record.raw, recordNo: recordNo - 1 }
        if (record.raw.startsWith(mark)) requireSameHeader(options, texts, first, numbered)
        if (isEmptyRow(record.raw, file)) {
          emptyRows++
          continue
        }
        const fault = faultOf(record, options)
        requireNoneNameless(options, numbered)
        if (fault !== undefined) await reject(numbered, fault)
        else if (batch.add(numbered, lineOf(numbered, header))) await batch.flush()
      }
    }
    await batch.flush()
    checkTrailer(options, texts, held, Math.max(recordNo - 1, 0))
    return { ...(await writer.finish()), emptyRows }
  } finally {
    await writer.close()
  }
}

function checkTrailer(
  { file, input }: NormaliseCsvOptions,
  texts: CsvTexts,
  last: CsvRecord | undefined,
  records: number,
): void {
  if (input.trailer === undefined) return
  const { mark, count } = input.trailer
  const field = (place: number): string | undefined => texts.utf8(last?.fields[place] ?? '')?.toString()
  const remedy = 'Wait until it is complete, or deliver it again.'
  if (field(0) !== mark) {
    throw new MissingInputError(
      `Expected a trailer record that begins with ${mark} at the end of ${file.name}, found none. ${remedy}`,
    )
  }
  if (field(count - 1) === String(records)) return
  throw new MissingInputError(
    `Expected the number of records, ${records}, in field ${count} of the trailer of ${file.name}, found another value. ${remedy}`,
  )
}

interface NumberedRecord extends CsvRecord {
  readonly recordNo: number
}

interface Fault {
  readonly rule: RejectRule
  readonly reason: string
}

/** The UTF-8 byte order mark, one character per byte. */
const mark = '\xef\xbb\xbf'

/**
 * In a file that was concatenated from several, a second header follows a byte order mark. The caller rejects it as a
 * record. If its columns have another order, the records after it would be read into the wrong columns.
 */
function requireSameHeader(
  { file, input }: NormaliseCsvOptions,
  texts: CsvTexts,
  first: CsvRecord | undefined,
  { raw, fields, recordNo }: NumberedRecord,
): void {
  if (first === undefined || raw.slice(mark.length) === first.raw) return
  const same = sameName(input)
  const nameOf = (field: string): string => same(texts.utf8(field)?.toString() ?? replacement)
  const names = fields.map((field, index) =>
    nameOf(index === 0 ? field.slice(mark.length).replace(/^"(.*)"$/s, '$1') : field),
  )
  if (names.join('\n') === first.fields.map(nameOf).join('\n')) return
  if (!input.columns.every(column => names.includes(same(column)))) return
  throw new RefusedError(
    `Expected one header line in ${file.name}, found a second one with other columns at record ${recordNo}, after a byte ` +
      'order mark: several files were concatenated. Deliver them as separate files.',
  )
}

function isEmptyRow(raw: string, { delimiter = ',' }: ScannedFile): boolean {
  return raw.startsWith(delimiter) && raw === delimiter.repeat(raw.length)
}

/** A value without a name can be a part of another value, which held a separator. */
function requireNoneNameless({ file, header }: NormaliseCsvOptions, { fields, recordNo }: NumberedRecord): void {
  const place = header.nameless.find(index => (fields[index] ?? '').trim() !== '')
  if (place === undefined) return
  throw new RefusedError(
    `Expected no value in a column without a name in ${file.name}, found one in column ${place + 1} of record ${recordNo}. ` +
      'Name the column in the header and declare it, or deliver the file without it.',
  )
}

function faultOf({ fields, raw }: CsvRecord, { file, header }: NormaliseCsvOptions): Fault | undefined {
  if (raw.startsWith(mark)) return { rule: 'mark', reason: concatenated }
  if (raw.includes('"') && !isWellQuoted(raw, file.delimiter ?? ',')) {
    return { rule: 'quote', reason: 'text follows a closing quote; quotes inside a value must be doubled' }
  }
  // Like DuckDB, accept extra fields at the end if they are empty.
  const isWide = fields.length > header.width && fields.slice(header.width).every(field => field === '')
  if (fields.length === header.width || isWide || isShort(fields.length, header)) return undefined
  return { rule: 'columns', reason: `expected ${header.width} columns, found ${fields.length}` }
}

/** Excel leaves out empty columns at the end of some lines. */
function isShort(length: number, { width, nameless }: CsvHeader): boolean {
  return length > 0 && length < width && nameless.filter(index => index >= length).length === width - length
}

function lineOf({ fields, recordNo }: NumberedRecord, { places }: CsvHeader): string {
  let line = String(recordNo)
  for (const place of places) {
    if (place === undefined) continue
    const field = fields[place] ?? ''
    line += field.includes('"') ? `,"${field.replaceAll('"', '""')}"` : `,"${field}"`
  }
  return `${line}\n`
}

function rowOf({ fields, raw }: CsvRecord, { rule }: Fault, texts: CsvTexts): string {
  if (rule === 'columns') {
    const decoded = fields.map(field => texts.utf8(field)?.toString())
    if (!decoded.includes(undefined)) return JSON.stringify({ fields: decoded })
  }
  const text = texts.utf8(raw)?.toString()
  return JSON.stringify(text === undefined ? { base64: Buffer.from(raw, 'latin1').toString('base64') } : { text })
}

/** Buffered lines of the copy, one character per byte. */
class Batch {
  readonly #writer: NormalisedWriter
  readonly #texts: CsvTexts
  readonly #reject: (record: NumberedRecord, fault: Fault) => Promise<void>
  #records: NumberedRecord[] = []
  #lines: string[] = []
  #length = 0
  #longest = 0

  constructor(
    writer: NormalisedWriter,
    texts: CsvTexts,
    reject: (record: NumberedRecord, fault: Fault) => Promise<void>,
  ) {
    this.#writer = writer
    this.#texts = texts
    this.#reject = reject
  }

  /** @returns true if it is time to flush */
  add(record: NumberedRecord, line: string): boolean {
    this.#records.push(record)
    this.#lines.push(line)
    this.#length += line.length
    if (line.length > this.#longest) this.#longest = line.length
    return this.#length >= batchLength
  }

  async flush(): Promise<void> {
    const [records, lines, longest] = [this.#records, this.#lines, this.#longest]
    this.#records = []
    this.#lines = []
    this.#length = this.#longest = 0
    // One byte becomes at most three bytes of UTF-8. For long records the exact length is needed.
    if (longest <= batchLength) {
      const together = this.#texts.utf8(lines.join(''))
      if (together !== undefined) return this.#writer.write(together, lines.length, longest * 3)
    }
    for (const [index, record] of records.entries()) {
      const bytes = this.#texts.utf8(lines[index] ?? '')
      if (bytes !== undefined) await this.#writer.write(bytes)
      else {
        const reason = `a value contains bytes that are not ${this.#texts.encoding.name}`
        await this.#reject(record, { rule: 'encoding', reason })
      }
    }
  }
}
