import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Batch, parseDate } from '../../source/batch.ts'
import type { Environment } from '../../platform/environment.ts'
import { MissingInputError, UsageError } from '../../platform/errors.ts'
import type { Declared } from '../delivery/claim-files.ts'
import { type Landed, landedFiles } from './landed-files.ts'
import { isUnreadable, unreadable } from './unreadable.ts'

/** Lists a landing root; reads no file. */
export interface LandingView {
  /**
   * Names of the folders below the root, sources or not, sorted.
   *
   * @throws MissingInputError if the root cannot be listed
   */
  folders(): Promise<readonly string[]>
  /**
   * The days of a source that have a landing folder, `yyyy-mm-dd`, sorted; other names below it are skipped.
   *
   * @throws MissingInputError if the source's folder is there and cannot be listed
   */
  days(source: string): Promise<readonly string[]>
  /** See {@link landedFiles}. */
  landed(batch: Batch, declared: Declared): Promise<Landed | undefined>
  /** Ends the connections. */
  close(): void
}

/** What a {@link LandingView} needs. */
export interface LandingViewParts {
  /** Absolute, or `s3://bucket/prefix`. */
  readonly landing: string
  /** For the keys of an object store. */
  readonly env: Environment
}

/**
 * Opens a landing root that is a folder.
 *
 * @throws MissingInputError if it is not there
 */
export function folderView(landing: string): LandingView {
  if (!existsSync(landing)) {
    throw new MissingInputError(`Expected a landing root at ${landing}; --landing or CASELOAD_LANDING names it.`)
  }
  return {
    folders: () => promised(() => foldersIn('the landing root', landing)),
    days: source => promised(() => daysAmong(foldersIn(`the folder of ${source}`, join(landing, source)))),
    landed: (batch, declared) => landedFiles(landing, batch, declared),
    close: () => undefined,
  }
}

/** The names that are those of landing folders, `yyyymmdd`, as `yyyy-mm-dd`, sorted. */
export function daysAmong(names: readonly string[]): readonly string[] {
  return names
    .filter(name => /^\d{8}$/.test(name))
    .flatMap(name => {
      try {
        return [parseDate(name)]
      } catch (error) {
        if (error instanceof UsageError) return []
        throw error
      }
    })
    .sort()
}

/** An error becomes a rejected promise: callers start many at once. */
const promised = <T>(look: () => T): Promise<T> => Promise.resolve().then(look)

function foldersIn(what: string, path: string): readonly string[] {
  return entriesOf(what, path)
    .filter(entry => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(path, entry.name))))
    .map(entry => entry.name)
    .sort()
}

function entriesOf(what: string, path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return []
    if (code === 'ENOTDIR') throw new MissingInputError(`Expected a folder as ${what}, found a file: ${path}.`)
    throw isUnreadable(error) ? unreadable(what, path, error) : error
  }
}

/** A link to a folder that cannot be read counts: listing that folder reports the error. A link in a circle does not. */
function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  } catch (error) {
    return isUnreadable(error)
  }
}
