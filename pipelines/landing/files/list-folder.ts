import type { Stats } from 'node:fs'
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative, sep } from 'node:path'
import { MissingInputError, NoDeliveryError, RefusedError } from '../../platform/errors.ts'
import { fileIdentity } from '../../platform/file-identity.ts'
import { type Batch, compactDate } from '../../source/batch.ts'
import type { LandingEntry, LandingListing, OddEntry } from '../delivery/landing-entry.ts'

/** Names looked at in parallel; a folder may hold 100,000. */
const parallelNames = 64

/**
 * Lists the landing folder of a batch, `<root>/<source>/<yyyymmdd>`, and opens none of its files: to open a pipe would wait
 * for its writer for ever.
 *
 * @param root landing root, absolute; it may be a link itself
 * @throws NoDeliveryError if the folder is not there
 * @throws MissingInputError if it is not a folder, or cannot be read
 * @throws RefusedError if it is a link that leaves the root
 */
export async function listFolder(root: string, batch: Batch): Promise<LandingListing> {
  const folder = join(root, batch.source, compactDate(batch.date))
  const entries = await entriesBelow(root, folder, await readFolder(folder))
  const touched = (await stat(folder)).ctimeMs
  const links = await Promise.all([root, join(root, batch.source)].map(linkedAt))
  return { place: folder, touched, placed: Math.max(touched, (await lstat(folder)).ctimeMs, ...links), entries }
}

/**
 * The entries of these names in a folder below a landing root.
 *
 * @throws RefusedError if the folder is a link that leaves the root
 */
export async function entriesBelow(
  root: string,
  folder: string,
  names: readonly string[],
): Promise<readonly (LandingEntry | OddEntry)[]> {
  const real: RealPaths = { root: await realpath(root), folder: await realpath(folder) }
  if (!isBelow(real.root, real.folder)) {
    throw new RefusedError(
      `Expected the landing folder ${folder} below the landing root, but it is a link that leaves it.`,
    )
  }
  const entries: (LandingEntry | OddEntry)[] = []
  for (let from = 0; from < names.length; from += parallelNames) {
    entries.push(...(await Promise.all(names.slice(from, from + parallelNames).map(name => entryOf(real, name)))))
  }
  return entries
}

/** Whether a path lies below a folder; both absolute and with links resolved. */
export function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

/** Paths with every link resolved. */
interface RealPaths {
  readonly root: string
  readonly folder: string
}

const reasons: Readonly<Record<string, string>> = { EACCES: 'it cannot be read', ENOTDIR: 'it is not a folder' }

async function readFolder(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    const reason = reasons[codeOf(error)]
    const Kind = reason === undefined ? NoDeliveryError : MissingInputError
    throw new Kind(
      `Expected a landing folder ${folder}, but ${reason ?? 'it is not there'}. --landing or CASELOAD_LANDING names the landing root.`,
      { cause: error },
    )
  }
}

async function entryOf({ root, folder }: RealPaths, name: string): Promise<LandingEntry | OddEntry> {
  const path = join(folder, name)
  let stats: Stats
  try {
    stats = await lstat(path)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EACCES') return { name, kind: 'not entered', isLink: false }
    // ENAMETOOLONG: a byte that Node could not decode became a longer U+FFFD.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return { name, kind: 'gone', isLink: false }
    throw error
  }
  return stats.isSymbolicLink() ? linkEntry(root, path, name) : plainOrOdd(name, path, stats, false)
}

async function linkEntry(root: string, path: string, name: string): Promise<LandingEntry | OddEntry> {
  try {
    const real = await realpath(path)
    if (!isBelow(root, real)) return { name, kind: 'link out of the root', isLink: true }
    return plainOrOdd(name, real, await stat(real), true)
  } catch {
    return { name, kind: 'broken link', isLink: true }
  }
}

function plainOrOdd(name: string, path: string, stats: Stats, isLink: boolean): LandingEntry | OddEntry {
  const kind = kindOf(stats)
  if (kind !== 'file') return { name, kind, isLink }
  const { size: bytes, mtimeMs: modified, ctimeMs: touched } = stats
  return { name, kind, isLink, bytes, modified, touched, identity: fileIdentity(stats), path }
}

function kindOf(stats: Stats): 'file' | 'folder' | 'pipe' | 'socket' | 'device' | 'other' {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'folder'
  if (stats.isFIFO()) return 'pipe'
  if (stats.isSocket()) return 'socket'
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'device' : 'other'
}

/** When a link was made: a release of files may be prepared long before it is linked. 0 for a folder. */
async function linkedAt(path: string): Promise<number> {
  const stats = await lstat(path)
  return stats.isSymbolicLink() ? stats.ctimeMs : 0
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? ''
}
