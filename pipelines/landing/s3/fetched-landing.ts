import { mkdtempSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import pLimit from 'p-limit'
import type { BatchLanding, LandedRoot, LandingParts } from '../files/batch-landing.ts'
import { batchFolder } from '../../source/batch.ts'
import { requireComplete } from '../delivery/complete.ts'
import { RefusedError } from '../../platform/errors.ts'
import { quoteNames } from '../../platform/file-name.ts'
import { listLanding, signName } from '../delivery/claim-files.ts'
import type { LoadedBatch, ObjectOrigin, ReadFile } from '../../source/transformer.ts'
import { requireUnchanged } from '../files/unchanged.ts'
import { fetchObject } from './fetch-object.ts'
import { parseS3, type S3Location } from '../../platform/s3-location.ts'
import { type Mirror, mirrorListing } from './list-objects.ts'
import { type ObjectStore, openObjectStore } from './objects.ts'
import { requireQuietObjects } from './quiet.ts'
import { inWordsOf } from './words.ts'

/** Objects fetched at once. */
const parallelObjects = 4

/** The landing files of a batch in an object store: copied to a private folder, and listed once more before the publish. */
export class FetchedLanding implements BatchLanding {
  readonly #parts: LandingParts
  readonly #env: Readonly<Record<string, string | undefined>>
  readonly #location: S3Location
  /** Of the fetched objects, by file name. */
  readonly #origins = new Map<string, ObjectOrigin>()
  #root = ''

  /** @throws UsageError if the landing root has not the form `s3://bucket/prefix` */
  constructor(parts: LandingParts, env: Readonly<Record<string, string | undefined>>) {
    this.#parts = parts
    this.#env = env
    this.#location = parseS3(parts.landing)
  }

  async fetch(workFolder: string): Promise<LandedRoot> {
    const { batch, declared, onProgress } = this.#parts
    const { url } = this.#location
    await this.#withStore(async store => {
      const mirror = await this.#mirror(store, workFolder)
      this.#root = mirror.root
      await inWordsOf(url, mirror.root, async () => {
        const found = listLanding(mirror.root, batch, declared.inputs, declared)
        requireQuietObjects(url, mirror.objects, declared.ready, new Date())
        const manifest = this.#manifestName()
        if (manifest !== undefined) await this.#copy(store, mirror, [manifest])
        await requireComplete(found, { ...declared.ready, quietSeconds: 0 }, new Date())
        // The engine refuses files that nobody declares; then nothing large is fetched before.
        const names = found.unclaimed.length > 0 ? [] : found.files.map(file => basename(file.name))
        const bytes = await this.#copy(store, mirror, names)
        onProgress(`${names.length} objects fetched, ${bytes} bytes`)
      })
    })
    return { root: this.#root, isCopy: true }
  }

  async loading(work: () => Promise<LoadedBatch>): Promise<LoadedBatch> {
    const loaded = await inWordsOf(this.#location.url, this.#root, work)
    const files = loaded.files.map(file => {
      const object = this.#origins.get(basename(file.name))
      return object === undefined ? file : { ...file, identity: undefined, object }
    })
    return { ...loaded, files }
  }

  async requireUnchanged(files: readonly ReadFile[]): Promise<void> {
    const { batch, declared, makeFolder } = this.#parts
    const { url } = this.#location
    const fetched = new Map(this.#origins)
    const folder = makeFolder()
    try {
      await this.#withStore(async store => {
        const mirror = await this.#mirror(store, folder)
        const changed = [...fetched]
          .filter(([name, { etag }]) => (mirror.objects.get(name)?.etag ?? etag) !== etag)
          .map(([name]) => name)
        if (changed.length > 0) throw changedSince(url, changed)
        const manifest = this.#manifestName()
        if (manifest !== undefined) await this.#copy(store, mirror, [manifest])
        await inWordsOf(url, mirror.root, () => requireUnchanged(mirror.root, batch, declared, files))
      })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  async #withStore(work: (store: ObjectStore) => Promise<void>): Promise<void> {
    const store = openObjectStore(this.#location, this.#env, this.#parts.signal)
    try {
      await work(store)
    } finally {
      store.close()
    }
  }

  /** Fills the files of these names, as far as there are such objects. @returns how many bytes that were */
  async #copy(store: ObjectStore, { folder, objects }: Mirror, names: readonly string[]): Promise<number> {
    const stop = new AbortController()
    const signal = AbortSignal.any([this.#parts.signal, stop.signal])
    const limit = pLimit(parallelObjects)
    const copying = names.map(name =>
      limit(async () => {
        const object = objects.get(name)
        if (object === undefined) return 0
        signal.throwIfAborted()
        const version = await fetchObject({ store, location: this.#location, signal }, object, join(folder, name))
        this.#origins.set(name, { etag: object.etag, version })
        return object.bytes
      }).catch((error: unknown) => {
        stop.abort(error)
        throw error
      }),
    )
    // All of them end before the store is closed.
    await Promise.allSettled(copying)
    signal.throwIfAborted()
    return (await Promise.all(copying)).reduce((sum, bytes) => sum + bytes, 0)
  }

  async #mirror(store: ObjectStore, parent: string): Promise<Mirror> {
    const { batch } = this.#parts
    const listing = await store.list(this.#location.prefix + batchFolder(batch))
    return mirrorListing(mkdtempSync(join(parent, 'landing-')), this.#location, batch, listing)
  }

  #manifestName(): string | undefined {
    const { batch, declared } = this.#parts
    return declared.ready.manifest === undefined ? undefined : signName(declared.ready.manifest, batch)
  }
}

function changedSince(url: string, names: readonly string[]): RefusedError {
  return new RefusedError(
    `The delivery changed while it was loaded, and nothing of it was published. Changed in ${url}: ${quoteNames(names)}. ` +
      'Run the batch again once it is complete.',
  )
}
