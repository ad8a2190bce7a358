import { NoDeliveryError, RefusedError } from '../../platform/errors.ts'
import { quoteName } from '../../platform/file-name.ts'
import type { S3Location } from '../../platform/s3-location.ts'
import { type Batch, batchFolder } from '../../source/batch.ts'
import type { LandingEntry, LandingListing, OddEntry } from '../delivery/landing-entry.ts'
import type { Listing, ObjectStore, StoredObject } from './objects.ts'

/**
 * Lists the objects of a batch.
 *
 * @throws as {@link listingOf}, and if the store cannot be listed
 */
export async function listObjects(store: ObjectStore, location: S3Location, batch: Batch): Promise<LandingListing> {
  return listingOf(location, batch, await store.list(location.prefix + batchFolder(batch)))
}

/**
 * The objects below the prefix of a batch as a landing folder: a prefix below it is a folder in there.
 *
 * @throws NoDeliveryError if there is no object at all
 * @throws RefusedError for a name that no file can have
 */
export function listingOf(location: S3Location, batch: Batch, { objects, prefixes }: Listing): LandingListing {
  const start = location.prefix + batchFolder(batch)
  if (objects.length === 0 && prefixes.length === 0) {
    throw new NoDeliveryError(
      `Expected objects below ${location.url}/${batchFolder(batch)}, found none. --landing or CASELOAD_LANDING names the ` +
        'landing root.',
    )
  }
  const files = objects.map(object => objectEntry(object, object.key.slice(start.length)))
  const folders = prefixes.map((prefix): OddEntry => ({
    name: prefix.slice(start.length, -1),
    kind: 'folder',
    isLink: false,
  }))
  // Consoles make an object of the prefix itself, to show an empty folder.
  const entries = [...files.filter(({ name }) => name !== ''), ...folders]
  const names = new Set<string>()
  for (const { name } of entries) {
    if (!isFileName(name) || names.has(name)) throw nameRefusal(location, name)
    names.add(name)
  }
  const place = `${location.url}/${batchFolder(batch)}`.replace(/\/$/, '')
  return { place, touched: undefined, placed: 0, entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

/** The error for an object whose name no file can have, or which another object or prefix has too. */
export function nameRefusal({ url }: S3Location, name: string): RefusedError {
  return new RefusedError(
    `Expected objects of ${url} with names that files can have, found ${quoteName(name.slice(0, 80)) || 'an empty name'}. ` +
      'Take it out or rename it.',
  )
}

function objectEntry({ bytes, etag, modified }: StoredObject, name: string): LandingEntry {
  const at = modified.getTime()
  return { name, kind: 'file', isLink: false, bytes, modified: at, touched: at, identity: etag, path: undefined }
}

/** What a file system takes: 255 bytes at most. */
function isFileName(name: string): boolean {
  return !/^$|^\.\.?$|[/\0]/.test(name) && Buffer.byteLength(name) <= 255
}
