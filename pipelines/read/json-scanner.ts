import { isAscii } from 'node:buffer'
import { startsAsWide } from './byte-order.ts'
import { mayEscape } from './control-bytes.ts'
import { NumberWatch } from './json-number.ts'
import type { JsonFault } from './scan-fault.ts'

/** Result of a pass over the bytes of a JSON file, which does not parse values. */
export interface JsonScan {
  /** `array`: one top-level list of records; `lines`: records without a list around them. */
  readonly layout: 'array' | 'lines'
  readonly records: number
  /** In bytes. */
  readonly longestRecord: number
  /** True if a text contains the escape of NUL. */
  readonly mayHoldNul: boolean
  /** False if no text contains an escape: JSON texts can contain control characters only as escapes. */
  readonly mayHoldControl: boolean
  /** False if all bytes are ASCII and no text contains an escape. */
  readonly mayHoldNonAscii: boolean
  /** True if DuckDB may accept something that is not JSON: then only the normalised copy is read correctly. */
  readonly irregular: boolean
  /** True if DuckDB would print some number differently than delivered. */
  readonly respeltNumbers: boolean
}

/** Maximum nesting. 100 KB of nested `[` crash the process of DuckDB's parser; real feeds stay below 20. */
export const maxDepth = 64

const nulEscape = '\\u0000'
const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const newline = 0x0a
const verticalTab = 0x0b
const formFeed = 0x0c

const isSpace = (byte: number): boolean => byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09
const isOpen = (byte: number): boolean => byte === 0x5b || byte === 0x7b
const isClose = (byte: number): boolean => byte === 0x5d || byte === 0x7d

/**
 * Counts the records of a JSON file byte by byte, independently of DuckDB, and reports files that would harm DuckDB's
 * parser. Push all chunks, then call {@link JsonScanner.end}.
 *
 * If the first line contains complete records, every line is a record: a JSON text cannot contain a line feed, so a
 * broken record does not affect the records after it.
 */
export class JsonScanner {
  readonly #onRecord: ((from: number, to: number) => void) | undefined
  #layout: 'array' | 'lines' | undefined
  /** True if every line is a record; undefined before the end of the first line with a record. */
  #byLine: boolean | undefined
  #depth = 0
  #inString = false
  #escaped = false
  #inRecord = false
  #closed = false
  #records = 0
  #longest = 0
  #start = 0
  #offset = 0
  #fault: JsonFault | undefined
  #nul = false
  #escapes = false
  #nonAscii = false
  /** Cached position of the next line feed in this chunk. */
  #newlineAt = -1
  #tail = Buffer.alloc(0)
  #head = Buffer.alloc(0)
  /** The last byte outside strings that was not a space. */
  #before = 0
  #lenient = false
  readonly #numbers = new NumberWatch()
  readonly #maxRecordBytes: number

  /**
   * @param maxRecordBytes a longer record is a fault
   * @param onRecord gets the offset of each record's first byte in the file, and of the first byte after the record
   */
  constructor(maxRecordBytes: number, onRecord?: (from: number, to: number) => void) {
    this.#maxRecordBytes = maxRecordBytes
    this.#onRecord = onRecord
  }

  push(chunk: Buffer): void {
    if (this.#head.length < 4) this.#begin(chunk)
    this.#newlineAt = -1
    this.#nul ||= chunk.includes(nulEscape) || Buffer.concat([this.#tail, chunk.subarray(0, 5)]).includes(nulEscape)
    this.#escapes ||= mayEscape(chunk)
    this.#nonAscii ||= !isAscii(chunk)
    this.#tail = Buffer.concat([this.#tail, chunk.subarray(-5)]).subarray(-5)
    for (let i = 0; i < chunk.length && this.#fault === undefined; i++) {
      if (this.#inString) {
        i = this.#skipString(chunk, i)
        if (i === chunk.length) break
      }
      const byte = chunk[i] as number
      // Shortcut: inside a record, quotes and colons are half of the bytes outside strings.
      if (byte === quote && this.#inRecord) this.#quote()
      else if (byte !== colon || !this.#inRecord) this.#byte(byte, this.#offset + i)
    }
    this.#offset += chunk.length
  }

  /** The result, after the last chunk. */
  end(): JsonScan | JsonFault {
    if (this.#fault !== undefined) return this.#fault
    if (this.#layout === undefined) return { fault: 'empty', record: 0 }
    if (this.#inString || this.#depth > 0) return { fault: 'cut off', record: Math.max(this.#records, 1) }
    if (this.#inRecord) this.#endRecord(this.#offset)
    this.#numbers.end()
    return {
      layout: this.#layout,
      records: this.#records,
      longestRecord: this.#longest,
      mayHoldNul: this.#nul,
      mayHoldControl: this.#escapes,
      mayHoldNonAscii: this.#escapes || this.#nonAscii,
      irregular: this.#lenient,
      respeltNumbers: this.#numbers.respelt,
    }
  }

  #begin(chunk: Buffer): void {
    this.#head = Buffer.concat([this.#head, chunk.subarray(0, 4)])
    if (startsAsWide(this.#head)) this.#fault = { fault: 'wide', record: 0 }
  }

  /** Position of the quote that ends the string, or the end of the line or chunk. Strings are most of a file. */
  #skipString(chunk: Uint8Array, from: number): number {
    const end = this.#layout === 'lines' && this.#byLine !== false ? this.#lineEnd(chunk, from) : chunk.length
    // A local variable: a field took a third longer.
    let escaped = this.#escaped
    let i = from
    for (; i < end; i++) {
      const byte = chunk[i]
      if (escaped) escaped = false
      else if (byte === backslash) escaped = true
      else if (byte === quote) break
    }
    this.#escaped = escaped
    return i
  }

  #quote(): void {
    this.#inString = !this.#inString
    this.#before = quote
    if (this.#numbers.inside) this.#numbers.end()
  }

  /** Position of the next line feed, or the end of the chunk. */
  #lineEnd(chunk: Uint8Array, from: number): number {
    if (this.#newlineAt < from) this.#newlineAt = chunk.indexOf(newline, from)
    if (this.#newlineAt === -1) this.#newlineAt = chunk.length
    return this.#newlineAt
  }

  #byte(byte: number, at: number): void {
    if (byte === newline && this.#layout === 'lines' && this.#byLine !== false && this.#endsLine(at)) return
    if (this.#inString) return
    // `push` makes the same check: a call per byte costs a third of the scan.
    if (this.#numbers.inside || (byte >= 0x2d && byte <= 0x39)) this.#numbers.push(byte)
    if (isSpace(byte)) {
      if (this.#inRecord && this.#depth === 0 && this.#byLine !== true) this.#endRecord(at)
      return
    }
    if (this.#layout === undefined) {
      // Skip a byte order mark (EF BB BF).
      if (byte === 0xef || byte === 0xbb || byte === 0xbf) return
      this.#layout = byte === 0x5b ? 'array' : 'lines'
      if (this.#layout === 'array') {
        this.#depth = 1
        return
      }
    }
    const top = this.#layout === 'array' ? 1 : 0
    if (this.#closed) this.#fail('after end')
    else if (isClose(byte) && this.#depth > 0) this.#close(at, top)
    else if (this.#byLine === true) this.#value(byte, at, top)
    else if (isClose(byte)) this.#fail('unbalanced')
    else if (byte === comma && this.#depth === top) this.#separate(at)
    else this.#value(byte, at, top)
    this.#before = byte
  }

  /**
   * Sets `#byLine` at the end of the first line. @returns true if this line feed ends a record, even an incomplete one
   */
  #endsLine(at: number): boolean {
    if (this.#byLine === undefined) {
      if (this.#records === 0) return false
      this.#byLine = !this.#inString && this.#depth === 0
      if (!this.#byLine) return false
    }
    if (this.#inRecord) this.#endRecord(at)
    this.#inString = this.#escaped = false
    this.#depth = 0
    this.#numbers.end()
    return true
  }

  #value(byte: number, at: number, top: number): void {
    if (!this.#inRecord && this.#depth === top) {
      this.#inRecord = true
      this.#records++
      this.#start = at
      // A byte order mark inside a concatenated file: do not rely on how DuckDB reads it.
      if (byte === 0xef) this.#lenient = true
    }
    if (byte === quote) this.#inString = true
    else if (isOpen(byte) && ++this.#depth > maxDepth) this.#fail('too deep')
    else if (byte === verticalTab || byte === formFeed) {
      // DuckDB reads them as spaces between records.
      this.#lenient = true
    } else if ((byte | 0x20) === 0x69 || ((byte | 0x20) === 0x61 && this.#before !== 0x66)) {
      // DuckDB reads inf and nan as numbers. Only they have an i, or an a that does not follow an f.
      this.#lenient = true
    }
    if (at - this.#start > this.#maxRecordBytes) this.#fail('too long')
  }

  #close(at: number, top: number): void {
    // DuckDB accepts a comma before the end of a list or an object.
    if (this.#before === comma) this.#lenient = true
    this.#depth--
    if (this.#depth < top) {
      if (this.#inRecord) this.#endRecord(at)
      this.#closed = true
    } else if (this.#depth === top && top === 0 && this.#byLine !== true) this.#endRecord(at + 1)
  }

  #separate(at: number): void {
    if (this.#layout === 'lines') this.#fail('unbalanced')
    else if (this.#inRecord) this.#endRecord(at)
    else this.#fail('unbalanced')
  }

  #endRecord(at: number): void {
    this.#inRecord = false
    this.#longest = Math.max(this.#longest, at - this.#start)
    if (this.#longest > this.#maxRecordBytes) this.#fail('too long')
    else this.#onRecord?.(this.#start, at)
  }

  #fail(fault: JsonFault['fault']): void {
    this.#fault ??= { fault, record: Math.max(this.#records, 1) }
  }
}
