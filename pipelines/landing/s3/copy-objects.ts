import { createHash } from 'node:crypto'
import { createReadStream, statSync } from 'node:fs'
import { basename } from 'node:path'
import type { Environment } from '../../platform/environment.ts'
import { CaseloadError, UsageError } from '../../platform/errors.ts'
import { quoteName } from '../../platform/file-name.ts'
import { parseS3, type S3Location } from '../../platform/s3-location.ts'
import { batchFolder } from '../../source/batch.ts'
import { type CopiedFile, type FileToLand, hashOf, otherContent, requireOneEach } from '../write/copy-files.ts'
import { hashObject } from './fetch-object.ts'
import { type ObjectStore, openObjectStore, type StoredObject } from './objects.ts'

/** The most that a store takes in one request. */
const mostBytes = 5 * 1024 ** 3

/**
 * Copies files into the landing of their batches in an object store, as `copyFiles` does in a folder: an object appears at once
 * and whole, and none is overwritten. An object that comes meanwhile is compared, too.
 *
 * @param landing `s3://bucket/prefix`
 * @throws RefusedError for a name that has another content already, with both hashes
 * @throws MissingInputError if a file or the bucket is not there
 */
export async function copyObjects(
  landing: string,
  toLand: readonly FileToLand[],
  env: Environment,
): Promise<readonly CopiedFile[]> {
  const location = parseS3(landing)
  const places = toLand.map(({ batch, path }) => ({ path, folder: location.prefix + batchFolder(batch) }))
  requireOneEach(places.map(({ path, folder }) => folder + basename(path)))
  const store = openObjectStore(location, env)
  try {
    const landed = await listAll(
      store,
      places.map(({ folder }) => folder),
    )
    const files: (LocalCopy & { readonly isThere: boolean })[] = []
    for (const { path, folder } of places) {
      const key = folder + basename(path)
      const file = await localCopy(path, key, location)
      const object = landed.get(key)
      if (object !== undefined) await requireSame(store, location, object, file)
      files.push({ ...file, isThere: object !== undefined })
    }
    const copied: CopiedFile[] = []
    for (const file of files) {
      const isNew = !file.isThere && (await create(store, location, file))
      copied.push({ file: file.url, sha256: file.sha256, copied: isNew })
    }
    return copied
  } finally {
    store.close()
  }
}

/** A file to land, and its object. */
interface LocalCopy {
  readonly path: string
  readonly key: string
  readonly url: string
  readonly bytes: number
  readonly sha256: string
}

async function localCopy(path: string, key: string, { bucket }: S3Location): Promise<LocalCopy> {
  const sha256 = await hashOf(path)
  const bytes = statSync(path).size
  if (bytes <= mostBytes) return { path, key, url: `s3://${bucket}/${key}`, bytes, sha256 }
  throw new UsageError(
    `Expected files of at most 5 GiB to land in an object store, found ${quoteName(path)}. Nothing was landed. Copy it with the ` +
      "store's own tools, such as aws s3 cp.",
  )
}

async function listAll(store: ObjectStore, folders: readonly string[]): Promise<ReadonlyMap<string, StoredObject>> {
  const found = new Map<string, StoredObject>()
  for (const folder of new Set(folders)) {
    for (const object of (await store.list(folder)).objects) found.set(object.key, object)
  }
  return found
}

async function requireSame(
  store: ObjectStore,
  location: S3Location,
  object: StoredObject,
  { url, sha256 }: LocalCopy,
  outcome?: string,
): Promise<void> {
  const { signal } = new AbortController()
  const landed = await hashObject({ store, location, signal }, object)
  if (landed !== sha256) throw otherContent(url, landed, sha256, outcome)
}

/** @returns false if another process created the same object meanwhile */
async function create(store: ObjectStore, location: S3Location, file: LocalCopy): Promise<boolean> {
  const { key, bytes, sha256 } = file
  if (await store.createFrom(key, { bytes, sha256, open: () => unchanged(file) })) return true
  const object = (await store.list(key)).objects.find(one => one.key === key)
  const outcome = 'It came meanwhile: this file was not landed, and none behind it.'
  if (object !== undefined) await requireSame(store, location, object, file, outcome)
  return false
}

/**
 * The bytes of a file. The last ones only come if all of them are those that were hashed: without its end a store keeps
 * nothing of an object.
 */
async function* unchanged({ path, sha256 }: LocalCopy): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let held: Buffer | undefined
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    if (held !== undefined) yield held
    held = chunk
  }
  if (hash.digest('hex') !== sha256) {
    throw new CaseloadError(
      `${quoteName(basename(path))} changed while it was copied; it was not landed. Land it again.`,
    )
  }
  if (held !== undefined) yield held
}
