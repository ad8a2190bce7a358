import {
  GetObjectCommand,
  type _Object as ListedObject,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { type Environment, nonEmpty } from '../../platform/environment.ts'
import { UsageError } from '../../platform/errors.ts'
import type { S3Location } from '../../platform/s3-location.ts'
import { presentS3Error, s3ErrorName } from './s3-error.ts'
import { type Content, sendContent } from './send-content.ts'

// The only module that imports the SDK, which takes half a second and 20 MB: it is loaded only for s3://.

/** An object as a listing shows it. */
export interface StoredObject {
  readonly key: string
  readonly bytes: number
  /** Without quotes. */
  readonly etag: string
  readonly modified: Date
}

/** The objects and prefixes directly below a prefix. */
export interface Listing {
  readonly objects: readonly StoredObject[]
  /** Prefixes below it, whole, each ending in `/`. */
  readonly prefixes: readonly string[]
}

/** An object that is being read. */
export interface OpenObject {
  readonly body: AsyncIterable<Uint8Array>
  readonly etag: string
  /** Undefined where the bucket keeps no versions. */
  readonly version: string | undefined
  /** The byte at which the body starts: a store may send the whole object in answer to a range. */
  readonly start: number
}

/** The bucket of a landing root. Every method throws a CaseloadError without a secret, or the signal's reason. */
export interface ObjectStore {
  list(prefix: string): Promise<Listing>
  /**
   * The objects below a prefix at any depth, in the order of their keys, a thousand with each request.
   *
   * @param after a key; the list starts behind it
   * @param isBehind true for a key behind the last one that is wanted
   */
  listFrom(prefix: string, after: string, isBehind: (key: string) => boolean): Promise<readonly StoredObject[]>
  /** Opens an object, from byte `start` on. */
  open(object: Pick<StoredObject, 'key' | 'etag'>, start: number): Promise<OpenObject>
  /** Writes a new object; false if an object of that key exists. */
  create(key: string, body: Uint8Array): Promise<boolean>
  /** Writes a new object from a file; false if an object of that key exists. */
  createFrom(key: string, content: Content): Promise<boolean>
  close(): void
}

/** Maximum number of attempts of a request, made by the SDK. */
const tries = 3
const connectMs = 10_000
/** Timeout of a connection on which no byte arrives. */
const silentMs = 60_000

/**
 * Opens the store of a landing root. Keys come from the SDK's chain: AWS_ACCESS_KEY_ID and its family, a profile, the
 * role of the machine. With AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL the bucket is part of the path, not of the host name.
 *
 * @param signal ends every request when aborted
 */
export function openObjectStore(location: S3Location, env: Environment, signal?: AbortSignal): ObjectStore {
  const { bucket } = location
  // On Node 20 the SDK prints ten lines of advice to upgrade between our lines; the version in use is pinned.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const client = new S3Client({ ...clientOptions(env), maxAttempts: tries, followRegionRedirects: true })
  const options = signal === undefined ? {} : { abortSignal: signal }
  const presented = async <T>(doing: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      signal?.throwIfAborted()
      throw presentS3Error(error, location, doing)
    }
  }
  return {
    list: prefix =>
      presented('list', async () => {
        const objects: StoredObject[] = []
        const prefixes: string[] = []
        let token: string | undefined
        do {
          const page = await client.send(
            new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, Delimiter: '/', ContinuationToken: token }),
            options,
          )
          objects.push(...(page.Contents ?? []).map(storedObject))
          prefixes.push(...(page.CommonPrefixes ?? []).map(one => one.Prefix ?? ''))
          token = page.IsTruncated === true ? page.NextContinuationToken : undefined
        } while (token !== undefined)
        return { objects, prefixes }
      }),
    listFrom: (prefix, after, isBehind) =>
      presented('list', async () => {
        const objects: StoredObject[] = []
        let token: string | undefined
        do {
          const page = await client.send(
            new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, StartAfter: after, ContinuationToken: token }),
            options,
          )
          const listed = (page.Contents ?? []).map(storedObject)
          objects.push(...listed.filter(one => !isBehind(one.key)))
          const isOver = page.IsTruncated !== true || listed.some(one => isBehind(one.key))
          token = isOver ? undefined : page.NextContinuationToken
        } while (token !== undefined)
        return objects
      }),
    open: ({ key, etag }, start) =>
      presented('read', async () => {
        const range = start === 0 ? {} : { Range: `bytes=${start}-` }
        const got = await client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: `"${etag}"`, ...range }),
          options,
        )
        return {
          body: got.Body as AsyncIterable<Uint8Array>,
          etag: unquoted(got.ETag),
          version: got.VersionId,
          start: got.$metadata.httpStatusCode === 206 ? start : 0,
        }
      }),
    create: (key, body) =>
      presented('write', () =>
        unlessThere(async () => {
          const command = new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, IfNoneMatch: '*' })
          await client.send(command, options)
        }),
      ),
    createFrom: (key, content) =>
      presented('write', () =>
        unlessThere(() =>
          sendContent((sending, stop) => {
            const command = new PutObjectCommand({ Bucket: bucket, Key: key, IfNoneMatch: '*', ...sending })
            const abortSignal = signal === undefined ? stop : AbortSignal.any([signal, stop])
            return client.send(command, { abortSignal })
          }, content),
        ),
      ),
    close: () => {
      client.destroy()
    },
  }
}

/** @returns false if the store has an object of that key */
async function unlessThere(put: () => Promise<void>): Promise<boolean> {
  try {
    await put()
    return true
  } catch (error) {
    if (s3ErrorName(error) === 'PreconditionFailed') return false
    throw error
  }
}

function clientOptions(env: Environment): ConstructorParameters<typeof S3Client>[0] {
  const endpoint = endpointOf(env, 'AWS_ENDPOINT_URL_S3') ?? endpointOf(env, 'AWS_ENDPOINT_URL')
  // A self-hosted store has one region, and the SDK requires a name for it.
  const region =
    nonEmpty(env['AWS_REGION']) ??
    nonEmpty(env['AWS_DEFAULT_REGION']) ??
    (endpoint === undefined ? undefined : 'us-east-1')
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    requestHandler: { connectionTimeout: connectMs, socketTimeout: silentMs },
  }
}

/** Checked here, because the SDK's error would repeat an endpoint that it cannot parse. */
function endpointOf(env: Environment, name: string): string | undefined {
  const endpoint = nonEmpty(env[name])
  if (endpoint === undefined) return undefined
  if (/^https?:\/\/[^/?#@]+(?:\/[^?#@]*)?$/.test(endpoint) && URL.canParse(endpoint)) return endpoint
  throw new UsageError(`${name} cannot be read as the URL of an object store; expected https://host:port.`)
}

function storedObject({ Key, Size, ETag, LastModified }: ListedObject): StoredObject {
  return { key: Key ?? '', bytes: Size ?? 0, etag: unquoted(ETag), modified: LastModified ?? new Date(0) }
}
const unquoted = (etag: string | undefined): string => (etag ?? '').replaceAll('"', '')
