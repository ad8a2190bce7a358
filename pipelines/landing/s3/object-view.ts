import { parseS3, type S3Location } from '../../platform/s3-location.ts'
import { type Batch, batchFolder, compactDate } from '../../source/batch.ts'
import { pathInLanding } from '../../source/static-files.ts'
import type { Declared } from '../delivery/claim-files.ts'
import type { DeliveryReader } from '../delivery/judge-delivery.ts'
import { type Landed, landedOf } from '../files/landed-files.ts'
import {
  daysAmong,
  deliveriesOf,
  type Delivery,
  type LandingView,
  type LandingViewParts,
} from '../files/landing-view.ts'
import { readObject } from './fetch-object.ts'
import { listingOf, listObjects, withStatic } from './list-objects.ts'
import { type Listing, type ObjectStore, openObjectStore, type StoredObject } from './objects.ts'

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

  /**
   * One request a thousand objects, whatever the number of days: to list each day would be one request a day, and a month of
   * 750 sources 23,000 at each look.
   */
  async deliveries(source: string, from: string, to: string): Promise<readonly Delivery[]> {
    const start = `${this.#location.prefix}${source}/`
    const dayOf = (key: string): string => key.slice(start.length).split('/', 1)[0] ?? ''
    const [first, last] = [compactDate(from), compactDate(to)]
    const objects = await this.#store.listFrom(start, start + first, key => dayOf(key) > last)
    const byDay = new Map<string, StoredObject[]>()
    for (const object of objects) {
      const day = dayOf(object.key)
      const before = byDay.get(day)
      if (before === undefined) byDay.set(day, [object])
      else before.push(object)
    }
    return deliveriesOf(daysAmong([...byDay.keys()]), date => {
      const batch = { source, date }
      const below = this.#location.prefix + batchFolder(batch)
      return listingOf(this.#location, batch, listingBelow(below, byDay.get(compactDate(date)) ?? []))
    })
  }

  delivery(batch: Batch): DeliveryReader {
    const [store, location, { signal }] = [this.#store, this.#location, new AbortController()]
    return {
      list: declared => listObjects(store, location, batch, declared),
      readManifest: async ({ name, bytes, identity: etag }) => {
        const key = location.prefix + pathInLanding(batch, name)
        return (await readObject({ store, location, signal }, { key, bytes, etag })).content
      },
    }
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

/** The objects directly below a prefix, and the prefixes of the deeper ones. */
function listingBelow(below: string, objects: readonly StoredObject[]): Listing {
  const folderOf = ({ key }: StoredObject): string | undefined => {
    const name = key.slice(below.length)
    return name.includes('/') ? `${below}${name.slice(0, name.indexOf('/') + 1)}` : undefined
  }
  const folders = objects.flatMap(object => folderOf(object) ?? [])
  return { objects: objects.filter(object => folderOf(object) === undefined), prefixes: [...new Set(folders)] }
}
