import { type Dirent, existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Batch, parseDate } from '../../source/batch.ts'
import type { Environment } from '../../platform/environment.ts'
import { MissingInputError, RefusedError, UsageError } from '../../platform/errors.ts'
import type { Declared } from '../delivery/claim-files.ts'
import type { DeliveryReader } from '../delivery/judge-delivery.ts'
import type { LandingListing } from '../delivery/landing-entry.ts'
import { folderStore } from './folder-landing.ts'
import { type Landed, landedFiles } from './landed-files.ts'
import { listFolder } from './list-folder.ts'
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
  /**
   * Lists the landing folders of a source from one day to another, included; reads no file.
   *
   * @throws MissingInputError if the source's folder is there and cannot be listed
   */
  deliveries(source: string, from: string, to: string): Promise<readonly Delivery[]>
  /** What decides whether a delivery is complete reads it there. */
  delivery(batch: Batch): DeliveryReader
  /** See {@link landedFiles}. */
  landed(batch: Batch, declared: Declared): Promise<Landed | undefined>
  /** Ends the connections. */
  close(): void
}

/** The landing folder of one day of a source. */
export interface Delivery {
  /** `yyyy-mm-dd` */
  readonly date: string
  /** Undefined if a run would refuse the folder itself, such as a link that leaves the landing root. */
  readonly listing: LandingListing | undefined
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
    deliveries: async (source, from, to) => {
      const days = daysAmong(foldersIn(`the folder of ${source}`, join(landing, source)))
      const wanted = days.filter(day => day >= from && day <= to)
      return deliveriesOf(wanted, date => listFolder(landing, { source, date }))
    },
    delivery: batch => folderStore(landing, batch),
    landed: (batch, declared) => landedFiles(landing, batch, declared),
    close: () => undefined,
  }
}

/** Lists the landing folders of these days, one after the other: a source has many, and many sources are listed at once. */
export async function deliveriesOf(
  days: readonly string[],
  list: (date: string) => Promise<LandingListing> | LandingListing,
): Promise<readonly Delivery[]> {
  const found: Delivery[] = []
  for (const date of days) {
    try {
      found.push({ date, listing: await list(date) })
    } catch (error) {
      if (error instanceof RefusedError) found.push({ date, listing: undefined })
      // It has just gone, or cannot be read: for a run of the batch it is not complete either.
      else if (!(error instanceof MissingInputError || isUnreadable(error))) throw error
    }
  }
  return found
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
