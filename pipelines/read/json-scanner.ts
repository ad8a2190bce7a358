import { isAscii } from 'node:buffer'
import { startsAsWide } from './byte-order.ts'
import { mayEscape } from './control-bytes.ts'
import { NumberWatch } from './json-number.ts'

/** What a pass over the bytes of a JSON file found, without parsing its values. */
export interface JsonScan {
  /** `array`: one top-level list of records; `lines`: one record after the other. */
  readonly layout: 'array' | 'lines'
  readonly records: number
  /** Bytes of the longest record. */
  readonly longestRecord: number
  /** True if some text holds the escape of NUL. */
  readonly mayHoldNul: boolean
  /** False if no text holds an escape, without which there is no control character in it. */
  readonly mayHoldControl: boolean
  /** False if all is ASCII and no text holds an escape, behind which any character may stand. */
  readonly mayHoldNonAscii: boolean
  /** True where DuckDB would take what is no JSON: only the normalising pass reads such a file right. */
  readonly irregular: boolean
  /** True if there is a number that DuckDB would print in another way than it was delivered. */
  readonly respeltNumbers: boolean
}

/** Why a file cannot be JSON records, with the record (from 1) where that shows. */
export interface JsonFault {
  readonly fault: 'empty' | 'cut off' | 'unbalanced' | 'after end' | 'too deep' | 'too long' | 'wide'
  readonly record: number
}

/** Nesting that DuckDB's parser is allowed to see. 100 KB of nested `[` ends its process; real feeds stay below 20. */
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
 * Counts the records of a JSON file byte by byte, independently of the parser that reads them later, and holds off what
 * would harm that parser. Feed it all chunks, then call {@link JsonScanner.end}.
 *
 * Where the first line holds whole records, every line is a record of its own: one that is broken cannot take the next
 * ones with it, as no line feed may stand inside a JSON text.
 */
export class JsonScanner {
  readonly #onRecord: ((from: number, to: number) => void) | undefined
  #layout: 'array' | 'lines' | undefined
  /** Whether every line is a record; undefined until the first line with a record has ended. */
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
  /** The next line feed of this chunk, where it was looked for. */
  #newlineAt = -1
  #tail = Buffer.alloc(0)
  #head = Buffer.alloc(0)
  /** The last byte outside strings that was no space. */
  #before = 0
  #lenient = false
  readonly #numbers = new NumberWatch()
  readonly #maxRecordBytes: number

  /**
   * @param maxRecordBytes a longer record is a fault
   * @param onRecord told where each record lies: offset of its first byte in the file, and of the first behind it
   */
  constructor(maxRecordBytes: number, onRecord?: (from: number, to: number) => void) {
    this.#maxRecordBytes = maxRecordBytes
    this.#onRecord = onRecord
  }

  /** Takes the next bytes. */
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
      // Inside a record, quotes and colons are half of what stands outside strings, and say nothing more.
      if (byte === quote && this.#inRecord) this.#quote()
      else if (byte !== colon || !this.#inRecord) this.#byte(byte, this.#offset + i)
    }
    this.#offset += chunk.length
  }

  /** The result, once all bytes were taken. */
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

  /** Moves on to the byte that ends the string, or to the end of the chunk; strings are most of a file. */
  #skipString(chunk: Uint8Array, from: number): number {
    const end = this.#layout === 'lines' && this.#byLine !== false ? this.#lineEnd(chunk, from) : chunk.length
    // A local: as a field it took a third longer.
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

  /** The place of the next line feed, or the end of the chunk. */
  #lineEnd(chunk: Uint8Array, from: number): number {
    if (this.#newlineAt < from) this.#newlineAt = chunk.indexOf(newline, from)
    if (this.#newlineAt === -1) this.#newlineAt = chunk.length
    return this.#newlineAt
  }

  #byte(byte: number, at: number): void {
    if (byte === newline && this.#layout === 'lines' && this.#byLine !== false && this.#endsLine(at)) return
    if (this.#inString) return
    // The check stands here, too: a call a byte costs a third of the scan.
    if (this.#numbers.inside || (byte >= 0x2d && byte <= 0x39)) this.#numbers.push(byte)
    if (isSpace(byte)) {
      if (this.#inRecord && this.#depth === 0 && this.#byLine !== true) this.#endRecord(at)
      return
    }
    if (this.#layout === undefined) {
      // A byte order mark (EF BB BF) is no value.
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

  /** Notes what the first line is; gives whether this line feed ends a record, whatever was open. */
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
      // A byte order mark of a part that was joined: what DuckDB makes of it is its own affair.
      if (byte === 0xef) this.#lenient = true
    }
    if (byte === quote) this.#inString = true
    else if (isOpen(byte) && ++this.#depth > maxDepth) this.#fail('too deep')
    else if (byte === verticalTab || byte === formFeed) {
      // DuckDB takes them for spaces between records.
      this.#lenient = true
    } else if ((byte | 0x20) === 0x69 || ((byte | 0x20) === 0x61 && this.#before !== 0x66)) {
      // DuckDB takes inf and nan for numbers: the only words with an i, and with an a that follows no f.
      this.#lenient = true
    }
    if (at - this.#start > this.#maxRecordBytes) this.#fail('too long')
  }

  #close(at: number, top: number): void {
    // DuckDB takes a comma before the end of a list or an object.
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
