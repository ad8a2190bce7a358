import { closeSync, ftruncateSync, mkdirSync, openSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { type Batch, batchFolder, compactDate } from '../../source/batch.ts'
import { NoDeliveryError, RefusedError } from '../../platform/errors.ts'
import { quoteName } from '../../platform/file-name.ts'
import type { S3Location } from '../../platform/s3-location.ts'
import type { Listing, StoredObject } from './objects.ts'

/** A landing folder on disk that stands for the objects of a batch. */
export interface Mirror {
  /** Landing root, absolute. */
  readonly root: string
  /** The batch's folder below it. */
  readonly folder: string
  /** The objects by the names of their files. */
  readonly objects: ReadonlyMap<string, StoredObject>
}

/**
 * Makes an empty file of the right size and time for every object of a batch, and a folder for every prefix below it: so
 * the rules for landing folders hold here, too, and nothing is fetched that they would not read.
 *
 * @param root an empty private folder, the landing root of the mirror; a path without links
 * @throws NoDeliveryError if there is no object at all
 * @throws RefusedError for a name that no file can have
 */
export function mirrorListing(root: string, location: S3Location, batch: Batch, listing: Listing): Mirror {
  const start = location.prefix + batchFolder(batch)
  if (listing.objects.length === 0 && listing.prefixes.length === 0) {
    throw new NoDeliveryError(
      `Expected objects below ${location.url}/${start.slice(location.prefix.length)}, found none. --landing or ` +
        'CASELOAD_LANDING names the landing root.',
    )
  }
  const folder = join(root, batch.source, compactDate(batch.date))
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const objects = new Map<string, StoredObject>()
  for (const object of listing.objects) {
    const name = object.key.slice(start.length)
    // Consoles make an object of the prefix itself, to show an empty folder.
    if (name === '') continue
    make(location, name, () => {
      const file = openSync(join(folder, name), 'wx', 0o600)
      ftruncateSync(file, object.bytes)
      closeSync(file)
      utimesSync(join(folder, name), object.modified, object.modified)
    })
    objects.set(name, object)
  }
  for (const prefix of listing.prefixes) {
    const name = prefix.slice(start.length, -1)
    make(location, name, () => {
      mkdirSync(join(folder, name), { mode: 0o700 })
    })
  }
  return { root, folder, objects }
}

function make({ url }: S3Location, name: string, work: () => void): void {
  if (!/^$|^\.\.?$|[/\0]/.test(name)) {
    try {
      work()
      return
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENAMETOOLONG' && code !== 'EEXIST' && code !== 'EILSEQ' && code !== 'EINVAL') throw error
    }
  }
  throw new RefusedError(
    `Expected objects of ${url} with names that files can have, found ${quoteName(name.slice(0, 80)) || 'an empty name'}. ` +
      'Take it out or rename it.',
  )
}
