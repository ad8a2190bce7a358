import { parseS3, type S3Location } from '../../platform/s3-location.ts'
import { type Batch, batchFolder } from '../../source/batch.ts'
import type { Declared } from '../delivery/claim-files.ts'
import { type Landed, landedOf } from '../files/landed-files.ts'
import { daysAmong, type LandingView, type LandingViewParts } from '../files/landing-view.ts'
import { listingOf, withStatic } from './list-objects.ts'
import { type ObjectStore, openObjectStore } from './objects.ts'

/** A landing root in an object store: one listing a batch, and no object is fetched. */
export class ObjectView implements LandingView {
  readonly #location: S3Location
  readonly #store: ObjectStore

  /** @throws UsageError if the landing root has not the form `s3://bucket/prefix` */
  constructor({ landing, env }: LandingViewParts) {
    this.#location = parseS3(landing)
    this.#store = openObjectStore(this.#location, env)
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
    return landedOf(batch, declared, () =>
      withStatic(this.#store, this.#location, batch, declared, listingOf(this.#location, batch, listing)),
    )
  }

  close(): void {
    this.#store.close()
  }

  async #below(prefix: string): Promise<readonly string[]> {
    const { prefixes } = await this.#store.list(prefix)
    return prefixes.map(one => one.slice(prefix.length, -1)).sort()
  }
}
