import { MissingInputError } from '../errors.ts'
import type { CsvInput } from '../inputs.ts'
import { type CleanFile, CleanWriter } from './clean-file.ts'
import type { CsvHeader } from './csv-header.ts'
import { type CsvRecord, csvRecords, isWellQuoted } from './csv-records.ts'
import { CsvTexts } from './csv-texts.ts'
import type { OnReject, RejectRule } from './rejected-record.ts'
import type { ScannedFile } from './scan-file.ts'

/** What writing a clean copy of one CSV file needs. */
export interface CsvCleaning {
  readonly file: ScannedFile
  /** From 1. */
  readonly fileNo: number
  readonly input: CsvInput
  readonly header: CsvHeader
  /** Path of the copy. */
  readonly path: string
  readonly onReject: OnReject
}

interface Line extends CsvRecord {
  readonly recordNo: number
  /** The record as the copy has it, one character a byte. */
  readonly line: string
}

/** Characters gathered before they are decoded together: 5M calls of a decoder cost more than all the rest. */
const batchLength = 1 << 18

/**
 * Copies a CSV file to UTF-8 with LF, every field quoted: the record's number, then the declared columns the file has.
 * Records that cannot be taken are rejected and left out.
 *
 * @throws MissingInputError if the declared trailer is not there or counts other than it should
 */
export async function cleanCsv(cleaning: CsvCleaning): Promise<CleanFile> {
  const writer = await CleanWriter.create(cleaning.path)
  try {
    const texts = new CsvTexts(cleaning.input)
    let batch: Line[] = []
    let length = 0
    for await (const record of numbered(cleaning, texts)) {
      const fault = faultOf(record, cleaning)
      if (fault !== undefined) {
        await cleaning.onReject(rejected(cleaning, record, fault.rule, fault.reason, texts))
        continue
      }
      const line = lineOf(record, cleaning.header)
      batch.push({ ...record, line })
      length += line.length
      if (length < batchLength) continue
      await flush(batch, writer, texts, cleaning)
      batch = []
      length = 0
    }
    await flush(batch, writer, texts, cleaning)
    return await writer.finish()
  } finally {
    await writer.close()
  }
}

/** The records without header and trailer. */
async function* numbered(
  { file, input }: CsvCleaning,
  texts: CsvTexts,
): AsyncGenerator<CsvRecord & { readonly recordNo: number }> {
  let held: CsvRecord | undefined
  let recordNo = -1
  for await (const record of csvRecords(file, input)) {
    recordNo++
    if (recordNo === 0) continue
    if (input.trailer === undefined) yield { ...record, recordNo }
    else {
      if (held !== undefined) yield { ...held, recordNo: recordNo - 1 }
      held = record
    }
  }
  if (input.trailer === undefined) return
  const { mark, count } = input.trailer
  const field = (place: number): string | undefined => texts.utf8(held?.fields[place] ?? '')?.toString()
  if (field(0) !== mark) {
    throw new MissingInputError(
      `Expected a trailer record that begins with ${mark} at the end of ${file.name}, found none. Wait until it is complete, or deliver it again.`,
    )
  }
  if (field(count - 1) !== String(recordNo - 1)) {
    throw new MissingInputError(
      `Expected ${recordNo - 1} in field ${count} of the trailer of ${file.name}, as many as it has records; found another value. ` +
        'Wait until it is complete, or deliver it again.',
    )
  }
}

interface Fault {
  readonly rule: RejectRule
  readonly reason: string
}

function faultOf({ fields, raw }: CsvRecord, { header, input }: CsvCleaning): Fault | undefined {
  if (raw.includes('"') && !isWellQuoted(raw, input.delimiter ?? ',')) {
    return { rule: 'quote', reason: 'text stands behind a closing quote; quotes inside a value must be doubled' }
  }
  // DuckDB, too, lets a delimiter stand behind the last field.
  const more = fields.length === header.width + 1 && fields.at(-1) === ''
  if (fields.length === header.width || more) return undefined
  return { rule: 'columns', reason: `expected ${header.width} columns, found ${fields.length}` }
}

function lineOf({ fields, recordNo }: CsvRecord & { readonly recordNo: number }, { places }: CsvHeader): string {
  let line = String(recordNo)
  for (const place of places) {
    if (place === undefined) continue
    const field = fields[place] ?? ''
    line += field.includes('"') ? `,"${field.replaceAll('"', '""')}"` : `,"${field}"`
  }
  return `${line}\n`
}

async function flush(
  batch: readonly Line[],
  writer: CleanWriter,
  texts: CsvTexts,
  cleaning: CsvCleaning,
): Promise<void> {
  if (batch.length === 0) return
  const longest = batch.reduce((most, { line }) => Math.max(most, line.length), 0)
  // A character of one byte becomes at most three; of long records, how long they are has to be known.
  if (longest <= batchLength) {
    const together = texts.utf8(batch.map(({ line }) => line).join(''))
    if (together !== undefined) return writer.write(together, batch.length, longest * 3)
  }
  for (const line of batch) {
    const bytes = texts.utf8(line.line)
    if (bytes !== undefined) await writer.write(bytes)
    else {
      const reason = `a value holds bytes that are not ${texts.encoding.name}`
      await cleaning.onReject(rejected(cleaning, line, 'encoding', reason, texts))
    }
  }
}

function rejected(
  { fileNo }: CsvCleaning,
  { fields, raw, recordNo }: CsvRecord & { readonly recordNo: number },
  rule: RejectRule,
  reason: string,
  texts: CsvTexts,
): Parameters<OnReject>[0] {
  const row = (): unknown => {
    if (rule === 'columns') {
      const decoded = fields.map(field => texts.utf8(field)?.toString())
      if (!decoded.includes(undefined)) return { fields: decoded }
    }
    const text = texts.utf8(raw)?.toString()
    return text === undefined ? { base64: Buffer.from(raw, 'latin1').toString('base64') } : { text }
  }
  return { fileNo, recordNo, rule, reason, row: JSON.stringify(row()) }
}
