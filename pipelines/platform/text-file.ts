import { readFileSync } from 'node:fs'
import { UsageError } from './errors.ts'

/**
 * Reads a text file that a user wrote, such as SQL. Drops a byte order mark, which editors on Windows write. Invalid UTF-8
 * stops the command: as a replacement character it would change a constant of a query silently.
 *
 * @throws UsageError if the file is not UTF-8, and the error of the file system if it cannot be read
 */
export function readTextFile(path: string): string {
  const bytes = readFileSync(path)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
    throw new UsageError(`Expected ${path} in UTF-8, found ${utf16 ? 'UTF-16' : 'another encoding'}. Save it as UTF-8.`)
  }
}
