import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs'
import { isAbsolute, join, relative, sep } from 'node:path'
import { MissingInputError, RefusedError } from '../../platform/errors.ts'
import { quoteName } from '../../platform/file-name.ts'

/** A plain file in a landing folder. */
export interface LandingEntry {
  /** Its name in the folder. */
  readonly name: string
  /** Absolute path with every link resolved. */
  readonly path: string
  readonly stats: Stats
}

/**
 * Looks at one name in a landing folder without opening it: to open a pipe would wait for its writer for ever.
 *
 * @param root landing root, absolute; it may be a link itself
 * @throws RefusedError for a folder, a pipe, a socket, a device, a link that leaves the root or leads nowhere, and a name
 *   that is not UTF-8 or holds control characters
 * @throws MissingInputError if it has gone since it was listed, or the folder may be listed and not entered
 */
export function plainFile(root: string, folder: string, name: string): LandingEntry {
  // U+FFFD stands where Node could not decode a byte; no path made from it leads to the file.
  if (/[\p{Cc}\p{Zl}\p{Zp}\ufffd]/u.test(name)) throw refused(folder, name, 'a name that is not plain UTF-8 text')
  const path = join(folder, name)
  const link = lookAt(folder, path)
  const real = resolved(path)
  if (link?.isSymbolicLink() === true && real === undefined) throw refused(folder, name, 'a link that leads nowhere')
  const stats = real === undefined ? undefined : statSync(real, { throwIfNoEntry: false })
  if (real === undefined || stats === undefined) {
    throw new MissingInputError(`Expected ${quoteName(name)} in ${folder}, but it has just gone. Run the batch again.`)
  }
  if (!isBelow(realpathSync(root), real)) throw refused(folder, name, 'a link that leaves the landing root')
  if (!stats.isFile()) throw refused(folder, name, kindOf(stats))
  return { name, path: real, stats }
}

/** A file that is not read, such as an ignored one; undefined where it is no plain file or has gone. */
export function unreadFile(folder: string, name: string): LandingEntry | undefined {
  const path = join(folder, name)
  const stats = lookAt(folder, path)
  return stats?.isFile() === true ? { name, path, stats } : undefined
}

/** Whether a path lies below a folder; both absolute and with links resolved. */
export function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function lookAt(folder: string, path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
    throw new MissingInputError(
      `Expected to read the files in ${folder}, but this user may not enter it. chmod u+x or g+x lets its owner or group in.`,
      { cause: error },
    )
  }
}

function resolved(path: string): string | undefined {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a pipe'
  if (stats.isSocket()) return 'a socket'
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'a device' : 'something else'
}

function refused(folder: string, name: string, found: string): RefusedError {
  return new RefusedError(
    `Expected only plain files in ${folder}, found ${found}: ${quoteName(name)}. Take it out, or let the source ignore it.`,
  )
}
