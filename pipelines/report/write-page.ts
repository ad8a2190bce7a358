import { randomBytes } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { UsageError } from '../platform/errors.ts'
import { errorCode } from '../platform/server-error.ts'

/**
 * Writes a page beside its place and renames it: who reads the file meanwhile has the old page or the new one, whole.
 *
 * @throws UsageError if the folder is not there or may not be written
 */
export async function writePage(path: string, text: string): Promise<void> {
  const place = resolve(path)
  const made = join(dirname(place), `.${basename(place)}.${randomBytes(4).toString('hex')}`)
  try {
    await writeFile(made, text, { flag: 'wx' })
    await rename(made, place)
  } catch (error) {
    await rm(made, { force: true })
    if (!/^(?:ENOENT|ENOTDIR|EACCES|EPERM|EROFS|EISDIR)$/.test(errorCode(error) ?? '')) throw error
    throw new UsageError(
      `Expected a place for the report at ${path}, where a file can be written, found none (${errorCode(error) ?? ''}).`,
    )
  }
}
