import { mkdtempSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Batch, batchFolder } from '../../source/batch.ts'
import { parseS3, type S3Location } from '../../platform/s3-location.ts'
import { mirrorListing } from './list-objects.ts'
import { type ObjectStore, openObjectStore } from './objects.ts'
import { type Declared, type Landed, landedFiles } from '../files/landed-files.ts'
import { daysAmong, type LandingView, type LandingViewParts } from '../files/landing-view.ts'

/** A landing root in an object store: one listing a batch, and no object is fetched. */
export class ObjectView implements LandingView {
  readonly #location: S3Location
  readonly #store: ObjectStore
  readonly #workRoot: string

  /** @throws UsageError if the landing root has not the form `s3://bucket/prefix` */
  constructor({ landing, workRoot, env }: LandingViewParts) {
    this.#location = parseS3(landing)
    this.#store = openObjectStore(this.#location, env)
    this.#workRoot = workRoot
  }

  async folders(): Promise<readonly string[]> {
    return this.#below(this.#location.prefix)
  }

  async days(source: string): Promise<readonly string[]> {
    return daysAmong(await this.#below(`${this.#location.prefix}${source}/`))
  }

  async landed(batch: Batch, declared: Declared): Promise<Landed | undefined> {
    const listing = await this.#store.list(this.#location.prefix + batchFolder(batch))
    if (listing.objects.length === 0 && listing.prefixes.length === 0) return undefined
    // The rules for landing folders are asked of empty files of the objects' sizes.
    const folder = mkdtempSync(join(this.#workRoot, 'caseload-listing-'))
    try {
      const { root, objects } = mirrorListing(folder, this.#location, batch, listing)
      const landed = landedFiles(root, batch, declared)
      if (landed?.problem !== undefined) {
        return { files: [], problem: landed.problem.replaceAll(root, this.#location.url) }
      }
      const files = (landed?.files ?? []).map(file => {
        const object = objects.get(basename(file.name))
        return { ...file, changedAt: object?.modified.getTime() ?? 0, etag: object?.etag, path: undefined }
      })
      return { files, problem: undefined }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  close(): void {
    this.#store.close()
  }

  async #below(prefix: string): Promise<readonly string[]> {
    const { prefixes } = await this.#store.list(prefix)
    return prefixes.map(one => one.slice(prefix.length, -1)).sort()
  }
}
