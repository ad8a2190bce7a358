import { NoDeliveryError, RefusedError } from '../../platform/errors.ts'
import { quoteName } from '../../platform/file-name.ts'
import type { S3Location } from '../../platform/s3-location.ts'
import { type Batch, batchFolder } from '../../source/batch.ts'
import { hasStatic, staticFolder } from '../../source/static-files.ts'
import type { Declared } from '../delivery/claim-files.ts'
import type { LandingEntry, LandingListing, OddEntry, StaticPlace } from '../delivery/landing-entry.ts'
import { placesBesideClass } from '../files/list-static.ts'
import type { Listing, ObjectStore, StoredObject } from './objects.ts'

/**
 * Lists the objects of a batch, and the static files of its source if it declares any.
 *
 * @throws as {@link listingOf}, and if the store cannot be listed
 */
export async function listObjects(
  store: ObjectStore,
  location: S3Location,
  batch: Batch,
  declared: Declared,
): Promise<LandingListing> {
  const listing = listingOf(location, batch, await store.list(location.prefix + batchFolder(batch)))
  return withStatic(store, location, batch, declared, listing)
}

/** Adds the static files, if the source declares any: those in the store, and those beside its class on this machine. */
export async function withStatic(
  store: ObjectStore,
  location: S3Location,
  batch: Batch,
  declared: Declared,
  listing: LandingListing,
): Promise<LandingListing> {
  if (!hasStatic(declared.inputs)) return listing
  const landed = await staticObjects(store, location, batch)
  return { ...listing, statics: [landed, ...(await placesBesideClass(declared))] }
}

/**
 * The objects below the prefix of a batch as a landing folder: a prefix below it is a folder in there.
 *
 * @throws NoDeliveryError if there is no object at all
 * @throws RefusedError for a name that no file can have
 */
export function listingOf(location: S3Location, batch: Batch, { objects, prefixes }: Listing): LandingListing {
  if (objects.length === 0 && prefixes.length === 0) {
    throw new NoDeliveryError(
      `Expected objects below ${location.url}/${batchFolder(batch)}, found none. --landing or CASELOAD_LANDING names the ` +
        'landing root.',
    )
  }
  const entries = entriesOf(location, location.prefix + batchFolder(batch), { objects, prefixes })
  const place = `${location.url}/${batchFolder(batch)}`.replace(/\/$/, '')
  return { place, touched: undefined, placed: 0, entries }
}

/**
 * The static files of a source, which lie below its own prefix.
 *
 * @throws RefusedError for a name that no file can have
 */
async function staticObjects(store: ObjectStore, location: S3Location, { source }: Batch): Promise<StaticPlace> {
  const below = `${source}/${staticFolder}/`
  const entries = entriesOf(location, location.prefix + below, await store.list(location.prefix + below))
  return { place: `${location.url}/${below.slice(0, -1)}`, isLanding: true, entries }
}

/** @param start the prefix that the names of all of them have */
function entriesOf(
  location: S3Location,
  start: string,
  { objects, prefixes }: Listing,
): readonly (LandingEntry | OddEntry)[] {
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
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
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
