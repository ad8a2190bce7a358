import { isUtf8 } from 'node:buffer'
import { utf8Mark } from './byte-order.ts'
import { type NormalisedCopy, NormalisedWriter } from './normalised-copy.ts'
import type { ObjectShape } from '../source/inputs.ts'
import { NumberWatch } from './json-number.ts'
import { JsonScanner } from './json-scanner.ts'
import { shapeFault } from './json-shape.ts'
import type { UnknownFieldWatch } from './json-unknown.ts'
import { concatenated, type OnReject, type RejectedRecord } from './rejected-record.ts'
import type { ScannedFile } from './scan-file.ts'
import { unpack } from './unpack.ts'

/** What {@link normaliseJson} needs. */
export interface NormaliseJsonOptions {
  readonly file: ScannedFile
  /** From 1. */
  readonly fileNo: number
  readonly shape: ObjectShape
  /** Path of the copy. */
  readonly path: string
  readonly onReject: OnReject
  /** Gets every record that is an object, before its shape is checked. */
  readonly unknown: UnknownFieldWatch
}

/** Replaces a rejected record in the copy, so that line numbers are record numbers. */
const placeholder = Buffer.from('null\n')

/**
 * Writes the normalised copy of a JSON file: one record per line, all of the declared shape, with numbers that DuckDB
 * reads without losing a digit. A rejected record is replaced by `null`.
 */
export async function normaliseJson(options: NormaliseJsonOptions): Promise<NormalisedCopy> {
  const writer = await NormalisedWriter.create(options.path)
  try {
    let recordNo = 0
    for await (const record of jsonRecords(options.file)) {
      recordNo++
      const fault = faultOf(record, { ...options, recordNo })
      if (fault === undefined) await writer.write(lineOf(record, options.file))
      else {
        await options.onReject({ fileNo: options.fileNo, recordNo, ...fault })
        await writer.write(placeholder)
      }
    }
    return await writer.finish()
  } finally {
    await writer.close()
  }
}

/** Yields the bytes of each record. */
export async function* jsonRecords(
  file: Pick<ScannedFile, 'input' | 'name' | 'path' | 'gzip' | 'limits'>,
): AsyncGenerator<Buffer> {
  const found: { from: number; to: number }[] = []
  let open = 0
  const scanner = new JsonScanner(file.limits.recordBytes, (from, to) => {
    found.push({ from, to })
  })
  let held: Buffer = Buffer.alloc(0)
  /** Offset of the first byte of `held` in the file. */
  let base = 0
  const take = function* (): Generator<Buffer> {
    for (const { from, to } of found) {
      yield held.subarray(from - base, to - base)
      open = to
    }
    found.length = 0
    held = held.subarray(open - base)
    base = open
  }
  for await (const chunk of unpack(file, file.limits)) {
    held = held.length > 0 ? Buffer.concat([held, chunk]) : chunk
    scanner.push(chunk)
    yield* take()
  }
  scanner.end()
  yield* take()
}

function lineOf(record: Buffer, { irregular, respeltNumbers }: ScannedFile): Buffer {
  return irregular || respeltNumbers === true || record.includes(newline)
    ? onOneLine(record)
    : Buffer.concat([record, lineEnd])
}

type Fault = Pick<RejectedRecord, 'rule' | 'reason' | 'row'>

function faultOf(
  record: Buffer,
  { fileNo, shape, unknown, recordNo }: NormaliseJsonOptions & { recordNo: number },
): Fault | undefined {
  if (!isUtf8(record)) {
    const row = JSON.stringify({ base64: record.toString('base64') })
    return { rule: 'encoding', reason: 'a value contains bytes that are not utf-8', row }
  }
  const text = record.toString()
  if (record.subarray(0, utf8Mark.length).equals(utf8Mark)) {
    return { rule: 'mark', reason: concatenated, row: JSON.stringify({ text }) }
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return { rule: 'json', reason: 'the record is not valid JSON', row: JSON.stringify({ text }) }
  }
  if (value === null) return { rule: 'shape', reason: '$: expected an object, found null', row: 'null' }
  if (/\\u[dD][89a-fA-F]/.test(text) && !isWellFormed(value)) {
    return { rule: 'encoding', reason: 'a text contains half of a surrogate pair', row: text }
  }
  unknown.add(value, fileNo, recordNo)
  const reason = shapeFault(value, text, shape)
  return reason === undefined ? undefined : { rule: 'shape', reason, row: text }
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return value.every(isWellFormed)
  return Object.entries(value).every(([name, field]) => name.isWellFormed() && isWellFormed(field))
}

const quote = 0x22
const newline = 0x0a
const lineEnd = Buffer.from('\n')
const backslash = 0x5c
const blank = 0x20

/**
 * The record on one line, with quotes around the numbers that DuckDB would print differently.
 *
 * @param record valid JSON, so that line feeds occur only outside strings
 */
function onOneLine(record: Buffer): Buffer {
  const out = Buffer.allocUnsafe(record.length * 2 + 1)
  const watch = new NumberWatch()
  let length = 0
  let number = -1
  const endNumber = (): void => {
    if (number >= 0 && watch.end()) {
      out.copyWithin(number + 1, number, length)
      out[number] = quote
      length += 2
      out[length - 1] = quote
    }
    number = -1
  }
  for (let at = 0; at < record.length; at++) {
    const byte = record[at] ?? blank
    if (isNumberByte(byte, number >= 0)) {
      if (number < 0) number = length
      watch.push(byte)
      out[length++] = byte
      continue
    }
    endNumber()
    if (byte === quote) {
      const end = stringEnd(record, at)
      length += record.copy(out, length, at, end)
      at = end - 1
    } else out[length++] = byte < blank ? blank : byte
  }
  endNumber()
  out[length++] = newline
  return Buffer.from(out.subarray(0, length))
}

/** A number begins with a digit or a minus; a point, a plus, e and E occur only inside. */
function isNumberByte(byte: number, inside: boolean): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    byte === 0x2d ||
    (inside && (byte === 0x2e || byte === 0x2b || (byte | 0x20) === 0x65))
  )
}

/** @returns the position after the string that begins at `at` */
function stringEnd(record: Buffer, at: number): number {
  for (let i = at + 1; i < record.length; i++) {
    if (record[i] === backslash) i++
    else if (record[i] === quote) return i + 1
  }
  return record.length
}
