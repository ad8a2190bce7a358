import { isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import type { CsvInput } from '../source/inputs.ts'
import { type Encoding, encodingOf, replacement } from '../platform/encoding.ts'

/** The characters of bytes 0x80 to 0x9f in windows-1252; in the standard, five of them are control characters. */
const windows = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

/** Node 20.20 decodes windows-1252 as latin1. Text that was decoded correctly does not change. */
function asWindows(text: string): string {
  return text.replace(/[\x80-\x9f]/g, character => windows[character.charCodeAt(0) - 0x80] ?? character)
}

/** Converts the texts of `csvRecords` to UTF-8. */
export class CsvTexts {
  readonly encoding: Encoding
  readonly #decoder: TextDecoder

  constructor(input: CsvInput) {
    this.encoding = encodingOf(input.encoding)
    this.#decoder = new TextDecoder(this.encoding.name, { fatal: true, ignoreBOM: true })
  }

  /**
   * @param bytes one character per byte
   * @returns undefined if the bytes are not in the declared encoding
   */
  utf8(bytes: string): Buffer | undefined {
    const buffer = Buffer.from(bytes, 'latin1')
    switch (this.encoding.kind) {
      case 'utf-8':
        return isUtf8(buffer) ? buffer : undefined
      case 'stream':
        return buffer.includes(replacement) ? undefined : buffer
      case 'bytes':
        return this.#decoded(buffer)
    }
  }

  #decoded(buffer: Buffer): Buffer | undefined {
    try {
      const text = this.#decoder.decode(buffer)
      return Buffer.from(this.encoding.name === 'windows-1252' ? asWindows(text) : text)
    } catch {
      return undefined
    }
  }
}
