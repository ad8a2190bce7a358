import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Batch, parseDate } from '../batch.ts'
import { MissingInputError, UsageError } from '../errors.ts'
import { isS3 } from '../s3/location.ts'
import { type Declared, type Landed, landedFiles } from './landed-files.ts'

/** A landing root as a listing shows it: nothing in it is read. */
export interface LandingView {
  /** Names of the folders below the root, sources or not, sorted. */
  folders(): Promise<readonly string[]>
  /** The days of a source that have a landing folder, `yyyy-mm-dd`, sorted; other names below it are left out. */
  days(source: string): Promise<readonly string[]>
  /** See {@link landedFiles}. */
  landed(batch: Batch, declared: Declared): Promise<Landed | undefined>
  /** Ends connections and removes what was made. */
  close(): void
}

/** What opening a landing root needs. */
export interface LandingViewParts {
  /** Absolute, or `s3://bucket/prefix`. */
  readonly landing: string
  /** Folder on a disk for a private work folder. */
  readonly workRoot: string
  /** For the keys of an object store. */
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Opens a landing root for looking at it.
 *
 * @throws MissingInputError if it is a folder that is not there; an object store says so when it is first asked
 */
export async function openLandingView(parts: LandingViewParts): Promise<LandingView> {
  const { landing } = parts
  if (isS3(landing)) {
    // The SDK takes half a second and 20 MB: a folder does without.
    const { ObjectView } = await import('./object-view.ts')
    return new ObjectView(parts)
  }
  if (!existsSync(landing)) {
    throw new MissingInputError(`Expected a landing root at ${landing}; --landing or CASELOAD_LANDING names it.`)
  }
  return {
    folders: () => Promise.resolve(foldersIn(landing)),
    days: source => Promise.resolve(daysAmong(foldersIn(join(landing, source)))),
    landed: (batch, declared) => Promise.resolve(landedFiles(landing, batch, declared)),
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

function foldersIn(path: string): readonly string[] {
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .filter(entry => entry.isDirectory() || (entry.isSymbolicLink() && isFolder(join(path, entry.name))))
    .map(entry => entry.name)
    .sort()
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
