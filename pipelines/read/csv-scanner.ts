import { isAscii } from 'node:buffer'
import { leadingMarks, startsAsWide, utf8Mark } from './byte-order.ts'
import { countControls, mayEscape } from './control-bytes.ts'
import type { CsvFault } from './scan-fault.ts'

/** Result of a pass over the bytes of a CSV file. */
export interface CsvScan {
  /** The header does not count. */
  readonly records: number
  /** In bytes. */
  readonly longestRecord: number
  readonly mayHoldNul: boolean
  /** False if no field contains an ASCII control character, or a backslash that may escape one. */
  readonly mayHoldControl: boolean
  /** False if all bytes after the byte order mark are ASCII. */
  readonly mayHoldNonAscii: boolean
  readonly mayHoldQuotes: boolean
  /** Number of records that consist of separators alone. */
  readonly emptyRows: number
  /** True if DuckDB could split records in another way than RFC 4180: then only the normalised copy is read correctly. */
  readonly irregular: boolean
}

const quote = 0x22
const newline = 0x0a
const carriageReturn = 0x0d
const blank = 0x20

/** Parser states: at the start of a field, in an unquoted field, inside quotes, after a quote that may have closed. */
const start = 0
const plain = 1
const quoted = 2
const behindQuote = 3

/**
 * Counts the records of a CSV file independently of DuckDB. A quote opens a value only at the start of a field (RFC
 * 4180), and a line break inside quotes is part of the value; elsewhere a quote is an ordinary byte. Push all chunks,
 * then call {@link CsvScanner.end}.
 */
export class CsvScanner {
  readonly #delimiter: number
  #head: Buffer | undefined = Buffer.alloc(0)
  #state: typeof start | typeof plain | typeof quoted | typeof behindQuote = start
  #records = 0
  #headerDelimiters = 0
  #longest = 0
  #start = 0
  #offset = 0
  #last = newline
  #nul = false
  /** The last two bytes of the previous chunk, which can be the start of a byte order mark. */
  #tail: Buffer = Buffer.alloc(0)
  #controls = 0
  /** True from the start if the delimiter is a tab: delimiters and tabs in values are not told apart. */
  #escapes: boolean
  #nonAscii = false
  #quotes = false
  /** Carriage returns outside quotes; then line ends with and without one. */
  #returns = 0
  #windowsEnds = 0
  #unixEnds = 0
  #blankLines = 0
  #emptyRows = 0
  /** True if the record that is open at the end of the last chunk consists of separators so far. */
  #separatorsSoFar = true
  #irregular = false
  #fault: CsvFault | undefined
  readonly #maxRecordBytes: number

  /** @param maxRecordBytes a longer record is a fault; @param delimiter one ASCII character */
  constructor(maxRecordBytes: number, delimiter = ',') {
    this.#maxRecordBytes = maxRecordBytes
    this.#delimiter = delimiter.charCodeAt(0)
    this.#escapes = delimiter < ' '
  }

  push(chunk: Buffer): void {
    if (this.#head === undefined) this.#take(chunk)
    else {
      this.#head = Buffer.concat([this.#head, chunk])
      if (this.#head.length >= 4 && !leadingMarks(this.#head).isOpen) this.#begin(this.#head)
    }
  }

  /** The result, after the last chunk. */
  end(): CsvScan | CsvFault {
    if (this.#head !== undefined) this.#begin(this.#head)
    // The last line may end in CR alone, or have no line end.
    if (this.#last !== newline && this.#state !== quoted) {
      const end = this.#offset - (this.#last === carriageReturn ? 1 : 0)
      if (this.#separatorsSoFar && this.#records > 0 && end > this.#start) this.#emptyRows++
      this.#endRecord(end, 0)
    }
    return (
      this.#fileFault() ?? {
        records: this.#records - 1,
        longestRecord: this.#longest,
        mayHoldNul: this.#nul,
        mayHoldControl: this.#escapes || this.#controls !== this.#unixEnds + 2 * this.#windowsEnds,
        mayHoldNonAscii: this.#nonAscii,
        mayHoldQuotes: this.#quotes,
        emptyRows: this.#emptyRows,
        irregular: this.#isIrregular(),
      }
    )
  }

  #fileFault(): CsvFault | undefined {
    if (this.#fault !== undefined) return this.#fault
    if (this.#state === quoted) return { fault: 'cut off', record: this.#records }
    const inner = this.#returns - (this.#last === carriageReturn ? 1 : 0)
    if (this.#windowsEnds + this.#unixEnds === 0 && inner > 0) return { fault: 'line ends', record: 0 }
    return this.#records === 0 ? { fault: 'empty', record: 0 } : undefined
  }

  #isIrregular(): boolean {
    const mixed = this.#windowsEnds > 0 && this.#unixEnds > 0
    // In a file with one column DuckDB reads a blank line as a record.
    const blankRecord = this.#headerDelimiters === 0 && this.#blankLines > 0
    // DuckDB ignores an extra column that holds only NUL, and reads separators alone as a record.
    return (
      this.#emptyRows > 0 || this.#irregular || this.#nul || this.#returns !== this.#windowsEnds || mixed || blankRecord
    )
  }

  #begin(head: Buffer): void {
    this.#head = undefined
    if (startsAsWide(head)) this.#fault = { fault: 'wide', record: 0 }
    const { length } = leadingMarks(head)
    // DuckDB removes only one mark.
    if (length > utf8Mark.length) this.#irregular = true
    this.#take(head.subarray(length))
  }

  #take(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#nul ||= chunk.includes(0)
    this.#nonAscii ||= !isAscii(chunk)
    this.#escapes ||= mayEscape(chunk)
    if (!this.#escapes) this.#controls += countControls(chunk)
    this.#findMark(chunk)
    const quotes = chunk.includes(quote)
    this.#quotes ||= quotes
    const isHeader = this.#records === 0
    if (quotes || isHeader || this.#state >= quoted || chunk.includes(carriageReturn)) this.#walk(chunk)
    else this.#lines(chunk)
    this.#watchOpen(chunk)
    this.#offset += chunk.length
    this.#last = chunk[chunk.length - 1] ?? this.#last
  }

  /** In a concatenated file DuckDB reads the mark before a later record as part of the record's first value. */
  #findMark(chunk: Buffer): void {
    if (this.#irregular) return
    const seam = Buffer.concat([this.#tail, chunk.subarray(0, 2)])
    this.#irregular = chunk.includes(utf8Mark) || seam.includes(utf8Mark)
    this.#tail = chunk.length >= 2 ? chunk.subarray(-2) : seam.subarray(-2)
  }

  /** For chunks without quotes: every line feed ends a record. indexOf runs at memory speed. */
  #lines(chunk: Buffer): void {
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, at + 1)) {
      const length = this.#offset + at - this.#start
      this.#countIfEmpty(chunk, at)
      if (at === 0 || length === 0 || length > this.#longest) this.#endLine(at, at === 0 ? this.#last : 0)
      else {
        this.#records++
        this.#unixEnds++
        this.#start += length + 1
      }
    }
    const last = chunk[chunk.length - 1]
    this.#state = last === newline || last === this.#delimiter ? start : plain
  }

  #walk(chunk: Buffer): void {
    let state = this.#state
    for (let i = 0; i < chunk.length; i++) {
      if (state === quoted) {
        i = chunk.indexOf(quote, i)
        if (i === -1) break
        state = behindQuote
        continue
      }
      const byte = chunk[i]
      if (byte === newline) {
        this.#countIfEmpty(chunk, i)
        this.#endLine(i, (i === 0 ? this.#last : chunk[i - 1]) ?? 0)
        state = start
      } else if (byte === this.#delimiter) {
        if (this.#records === 0) this.#headerDelimiters++
        state = start
      } else if (byte === quote) {
        // DuckDB reads a quote after blanks as an opening quote.
        if (state === plain) this.#irregular ||= (i === 0 ? this.#last : chunk[i - 1]) === blank
        else state = quoted
      } else {
        if (byte === carriageReturn) this.#returns++
        else if (state === behindQuote) this.#irregular = true
        state = plain
      }
    }
    this.#state = state
  }

  /** Counts the record that ends at this line feed if it consists of separators. Most end the check at their first byte. */
  #countIfEmpty(chunk: Buffer, at: number): void {
    let from = this.#start - this.#offset
    if (this.#records === 0 || (from >= 0 && chunk[from] !== this.#delimiter)) return
    const isReturn = at > 0 ? chunk[at - 1] === carriageReturn : this.#last === carriageReturn
    // The line is blank, its part in an earlier chunk is more than separators, or a carriage return is within it.
    if (at - from === (isReturn ? 1 : 0)) return
    if (from < 0 && (!this.#separatorsSoFar || (at > 0 && this.#last === carriageReturn))) return
    from = Math.max(from, 0)
    const end = at > 0 && isReturn ? at - 1 : at
    while (from < end && chunk[from] === this.#delimiter) from++
    if (from === end) this.#emptyRows++
  }

  /** Notes whether the record that is open at the end of a chunk consists of separators, with a carriage return behind them. */
  #watchOpen(chunk: Buffer): void {
    let from = this.#start - this.#offset
    const goesOn = from >= 0 || (this.#separatorsSoFar && this.#last !== carriageReturn)
    from = Math.max(from, 0)
    while (from < chunk.length && chunk[from] === this.#delimiter) from++
    const isReturn = from === chunk.length - 1 && chunk[from] === carriageReturn
    this.#separatorsSoFar = goesOn && (from === chunk.length || isReturn)
  }

  #endLine(at: number, before: number): void {
    if (before === carriageReturn) this.#windowsEnds++
    else this.#unixEnds++
    this.#endRecord(this.#offset + at, before)
  }

  #endRecord(at: number, before: number): void {
    const length = at - this.#start
    if (length > this.#longest) this.#longest = length
    this.#start = at + 1
    if (length === 0 || (length === 1 && before === carriageReturn)) {
      this.#blankLines++
      // DuckDB reads a blank line before the header as the header.
      if (this.#records === 0) this.#irregular = true
      return
    }
    if (length > this.#maxRecordBytes) this.#fault ??= { fault: 'too long', record: this.#records }
    this.#records++
  }
}
