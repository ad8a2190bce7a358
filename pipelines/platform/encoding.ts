import { UsageError } from './errors.ts'

/** How the bytes of a CSV file become text. */
export interface Encoding {
  /** Canonical name, such as `windows-1252`. */
  readonly name: string
  /**
   * `utf-8`: nothing to decode. `bytes`: one byte per character, ASCII below 128, so records are split first and decoded
   * afterwards. `stream`: the byte of a delimiter can be part of another character, so the whole file is decoded first.
   */
  readonly kind: 'utf-8' | 'bytes' | 'stream'
}

const multiByte = /^(?:utf-16|iso-2022|shift_jis|euc-|gb|big5)/

/** Replaces a character that cannot be decoded, in a file that is decoded as a whole. */
export const replacement = '\ufffd'

/**
 * Looks up an encoding by its label.
 *
 * @param label one of the WHATWG Encoding Standard, `utf-8` by default
 * @throws UsageError for an unknown label
 */
export function encodingOf(label = 'utf-8'): Encoding {
  try {
    const name = new TextDecoder(label).encoding
    return { name, kind: name === 'utf-8' ? 'utf-8' : multiByte.test(name) ? 'stream' : 'bytes' }
  } catch {
    throw new UsageError(
      `Expected a label of the WHATWG Encoding Standard as encoding, such as utf-8, windows-1252 or utf-16le; found ${label}.`,
    )
  }
}

/** Decodes the chunks of a file and encodes them as UTF-8, with {@link replacement} for invalid bytes. */
export async function* toUtf8(chunks: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding.name)
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }))
  yield Buffer.from(decoder.decode())
}
