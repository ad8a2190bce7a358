import { constants } from 'node:fs'
import { chmod, copyFile, open } from 'node:fs/promises'
import { nanosecondMarks, timestampKind, withoutZone } from './parquet-footer.ts'

/**
 * Copies a Parquet file in which the named columns of nanoseconds are local timestamps. DuckDB cuts a time of day, and a
 * timestamp in UTC, to microseconds, and those before 1970 to the next one; a local timestamp is the one type of
 * nanoseconds that it reads whole. Two bytes of the footer make the difference: the values lie in the file in one form.
 *
 * @param path of the copy, which only this user may read; a clone of the file where the file system makes such
 */
export async function copyAsLocal(file: string, path: string, columns: readonly string[]): Promise<void> {
  await copyFile(file, path, constants.COPYFILE_FICLONE)
  await chmod(path, 0o600)
  const copy = await open(path, 'r+')
  try {
    const { size } = await copy.stat()
    // The file ends in the footer, its length in four bytes, and PAR1.
    const tail = Buffer.alloc(8)
    await copy.read(tail, 0, 8, size - 8)
    const footer = Buffer.alloc(tail.readUInt32LE(0))
    const start = size - 8 - footer.length
    await copy.read(footer, 0, footer.length, start)
    for (const { column, kindAt, zoneAt } of nanosecondMarks(footer)) {
      if (!columns.includes(column)) continue
      footer[kindAt] = timestampKind
      footer[zoneAt] = withoutZone(footer[zoneAt] ?? 0)
    }
    await copy.write(footer, 0, footer.length, start)
  } finally {
    await copy.close()
  }
}
