import { countText } from '../../platform/count-text.ts'
import { mkdir, mkdtemp, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import pLimit from 'p-limit'
import type { Environment } from '../../platform/environment.ts'
import { RefusedError } from '../../platform/errors.ts'
import { fileIdentity } from '../../platform/file-identity.ts'
import { quoteNames } from '../../platform/file-name.ts'
import { parseS3, type S3Location } from '../../platform/s3-location.ts'
import { nameInDelivery, pathInLanding, staticFolder } from '../../source/static-files.ts'
import type { LoadedBatch, ObjectOrigin, ReadFile } from '../../source/transformer.ts'
import type { BatchLanding, BatchLandingOptions } from '../files/batch-landing.ts'
import type { ClaimedFile } from '../delivery/claim-files.ts'
import { judgeDelivery, type LandingStore } from '../delivery/judge-delivery.ts'
import type { LandingEntry, LandingListing } from '../delivery/landing-entry.ts'
import { requireUnchanged } from '../delivery/unchanged.ts'
import { localFile } from '../files/folder-landing.ts'
import type { LocalDelivery, LocalFile } from '../files/landed-file.ts'
import { fetchObject, type FetchOptions, readObject } from './fetch-object.ts'
import { listObjects } from './list-objects.ts'
import { type ObjectStore, openObjectStore, type StoredObject } from './objects.ts'

/** Objects fetched in parallel. */
const parallelObjects = 4

/** An object that was read. */
interface ReadObject extends ObjectOrigin {
  /** In milliseconds. */
  readonly modified: number
}

/** The landing of a batch in an object store: the engine reads copies in a private folder. */
export class FetchedLanding implements BatchLanding {
  readonly #options: BatchLandingOptions
  readonly #env: Environment
  readonly #location: S3Location
  /** The objects that were read, the manifest included, by file name. */
  readonly #read = new Map<string, ReadObject>()

  /** @throws UsageError if the landing root has not the form `s3://bucket/prefix` */
  constructor(options: BatchLandingOptions, env: Environment) {
    this.#options = options
    this.#env = env
    this.#location = parseS3(options.landing)
  }

  async fetch(workFolder: string): Promise<LocalDelivery> {
    const { batch, declared, onProgress } = this.#options
    return this.#withStore(async store => {
      const { files, manifest } = await judgeDelivery(this.#landingStore(store), batch, declared, new Date())
      const folder = await realpath(await mkdtemp(join(workFolder, 'landing-')))
      const fetched = await this.#fetchAll(store, files, folder)
      const bytes = fetched.reduce((sum, file) => sum + file.bytes, 0)
      onProgress(`${countText(files.length, 'object')} fetched, ${bytes} bytes`)
      return { files: fetched, manifest }
    })
  }

  withOrigins(loaded: LoadedBatch): LoadedBatch {
    const files = loaded.files.map(file => {
      const object = this.#read.get(nameInDelivery(file.name))
      if (object === undefined) return file
      const { etag, version, modified } = object
      return { ...file, changedAt: modified, identity: undefined, object: { etag, version } }
    })
    return { ...loaded, files }
  }

  async requireUnchanged(files: readonly ReadFile[]): Promise<void> {
    const { batch, declared } = this.#options
    await this.#withStore(store => requireUnchanged(this.#landingStore(store), batch, declared, files))
  }

  async #withStore<T>(work: (store: ObjectStore) => Promise<T>): Promise<T> {
    const store = openObjectStore(this.#location, this.#env, this.#options.signal)
    try {
      return await work(store)
    } finally {
      store.close()
    }
  }

  #landingStore(store: ObjectStore): LandingStore {
    return {
      list: async declared => {
        const listing = await listObjects(store, this.#location, this.#options.batch, declared)
        this.#requireSameObjects(listing)
        return listing
      },
      readManifest: async entry => {
        const { signal } = this.#options
        const options = { store, location: this.#location, signal }
        const { content, version } = await readObject(options, this.#objectOf(entry))
        this.#note(entry, version)
        return content
      },
      isSame: (entry, { object, identity }) => Promise.resolve(entry.identity === (object?.etag ?? identity)),
    }
  }

  /** @throws RefusedError if an object that was read, such as the manifest, has another ETag by now */
  #requireSameObjects({ entries, statics }: LandingListing): void {
    const landed = (statics ?? []).filter(({ isLanding }) => isLanding).flatMap(place => place.entries)
    const all = [...entries, ...landed.map(entry => ({ ...entry, name: `${staticFolder}/${entry.name}` }))]
    const changed = all.filter(
      entry => entry.kind === 'file' && (this.#read.get(entry.name)?.etag ?? entry.identity) !== entry.identity,
    )
    if (changed.length === 0) return
    throw new RefusedError(`Changed in ${this.#location.url}: ${quoteNames(changed.map(entry => entry.name))}.`)
  }

  /** @returns the copies, in the order of the files */
  async #fetchAll(store: ObjectStore, files: readonly ClaimedFile[], folder: string): Promise<readonly LocalFile[]> {
    const stop = new AbortController()
    const signal = AbortSignal.any([this.#options.signal, stop.signal])
    const options = { store, location: this.#location, signal }
    const limit = pLimit(parallelObjects)
    const fetching = files.map(file =>
      limit(() => this.#fetchOne(options, file, join(folder, file.entry.name))).catch((error: unknown) => {
        stop.abort(error)
        throw error
      }),
    )
    // All of them end before the store is closed.
    await Promise.allSettled(fetching)
    signal.throwIfAborted()
    return Promise.all(fetching)
  }

  async #fetchOne(options: FetchOptions, { entry, ...file }: ClaimedFile, path: string): Promise<LocalFile> {
    options.signal.throwIfAborted()
    // A static file beside the class is on this machine.
    if (entry.path !== undefined) return localFile({ entry, ...file })
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    this.#note(entry, await fetchObject(options, this.#objectOf(entry), path))
    const stats = await stat(path)
    return { ...file, path, bytes: stats.size, changedAt: stats.mtimeMs, identity: fileIdentity(stats) }
  }

  #objectOf({ name, bytes, identity }: LandingEntry): Pick<StoredObject, 'key' | 'bytes' | 'etag'> {
    return { key: this.#location.prefix + pathInLanding(this.#options.batch, name), bytes, etag: identity }
  }

  #note({ name, identity, modified }: LandingEntry, version: string | undefined): void {
    this.#read.set(name, { etag: identity, version, modified })
  }
}
