import { readFileSync } from 'node:fs'
import { UsageError } from './errors.ts'

/**
 * Reads a text file that a user wrote, such as SQL. Editors on Windows begin a UTF-8 file with a byte order mark, which is
 * no part of its text. A byte that is no UTF-8 stops the command: read as a replacement character, it would change a
 * constant of a query in silence.
 *
 * @throws UsageError if the file is not UTF-8, and the error of the file system if it cannot be read
 */
export function readTextFile(path: string): string {
  const bytes = readFileSync(path)
  try {
    // The decoder drops a byte order mark at the start.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
    throw new UsageError(`Expected ${path} in UTF-8, found ${utf16 ? 'UTF-16' : 'another encoding'}. Save it as UTF-8.`)
  }
}
