/** What a pass over the bytes of a CSV file found. */
export interface CsvScan {
  /** Records without the header. */
  readonly records: number
  /** Bytes of the longest record. */
  readonly longestRecord: number
  readonly mayHoldNul: boolean
}

/** Why a file cannot be CSV records, with the record (from 1) where that shows. */
export interface CsvFault {
  readonly fault: 'empty' | 'cut off' | 'too long'
  readonly record: number
}

/**
 * The longest record in bytes. DuckDB 1.5.6 drops a row over 32 MB without an error when it is the last one; far below
 * that there is none to drop.
 */
export const maxCsvRecordBytes = 8 * 1024 * 1024

const quote = 0x22
const newline = 0x0a
const carriageReturn = 0x0d

/**
 * Counts the records of a CSV file (RFC 4180: a line break inside quotes is part of the value) independently of the
 * parser that reads them later. Feed it all chunks, then call {@link CsvScanner.end}.
 */
export class CsvScanner {
  #quoted = false
  #records = 0
  #longest = 0
  #start = 0
  #offset = 0
  #last = newline
  #nul = false

  /** Takes the next bytes. */
  push(chunk: Buffer): void {
    this.#nul ||= chunk.includes(0)
    if (this.#quoted || chunk.includes(quote)) this.#walk(chunk)
    else this.#lines(chunk)
    this.#offset += chunk.length
    this.#last = chunk[chunk.length - 1] ?? this.#last
  }

  /** The result, once all bytes were taken. */
  end(): CsvScan | CsvFault {
    if (this.#quoted) return { fault: 'cut off', record: this.#records }
    if (this.#last !== newline) this.#endRecord(this.#offset)
    if (this.#records === 0) return { fault: 'empty', record: 0 }
    if (this.#longest > maxCsvRecordBytes) return { fault: 'too long', record: this.#records }
    return { records: this.#records - 1, longestRecord: this.#longest, mayHoldNul: this.#nul }
  }

  /** No quote in sight: every line feed ends a record. indexOf runs at memory speed. */
  #lines(chunk: Buffer): void {
    for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, at + 1)) {
      this.#endRecord(this.#offset + at)
    }
  }

  #walk(chunk: Buffer): void {
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i]
      if (byte === quote) this.#quoted = !this.#quoted
      else if (byte === newline && !this.#quoted) this.#endRecord(this.#offset + i)
    }
  }

  #endRecord(at: number): void {
    const length = at - this.#start
    this.#longest = Math.max(this.#longest, length)
    this.#start = at + 1
    const blank = length === 0 || (length === 1 && this.#last === carriageReturn)
    if (!blank) this.#records++
  }
}
