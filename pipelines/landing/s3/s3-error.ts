import { CaseloadError, MissingInputError, RefusedError, UsageError } from '../../platform/errors.ts'
import type { S3Location } from '../../platform/s3-location.ts'

/** The code of the store's answer, or of the connection's error: `NoSuchBucket`, `ECONNREFUSED`. */
export function s3ErrorName(error: unknown): string {
  const { name, code, Code } = (error ?? {}) as Partial<Record<'name' | 'code' | 'Code', unknown>>
  const found = [Code, code, name].find(one => typeof one === 'string' && one !== '' && one !== 'Error')
  return typeof found === 'string' && /^[A-Za-z0-9_.]{1,60}$/.test(found) ? found : 'unknown'
}

const wrongKey = [
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'InvalidToken',
  'TokenRefreshRequired',
  'RequestTimeTooSkewed',
]

/**
 * The error of an object store for the user. Only the code of the SDK's error is kept: its message may hold an access key
 * and a signed URL.
 *
 * @param doing `list`, `read` or `write`
 */
export function presentS3Error(error: unknown, { bucket, url }: S3Location, doing: string): CaseloadError {
  if (error instanceof CaseloadError) return error
  const name = s3ErrorName(error)
  const status = (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode
  if (name === 'NoSuchBucket') {
    return new MissingInputError(
      `Expected the bucket ${bucket} of the landing root ${url}; the store has no such bucket.`,
    )
  }
  if (name === 'NoSuchKey' || status === 404) {
    return new MissingInputError(`Expected to ${doing} an object of ${url} that has just gone. Run the batch again.`)
  }
  if (name === 'PreconditionFailed' || status === 412) return changedError(url)
  if (name === 'CredentialsProviderError') {
    return new UsageError(
      `Expected keys for ${url}, found none: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile or a role give them.`,
    )
  }
  if (wrongKey.includes(name)) {
    return new CaseloadError(
      `The store refused the access key (${name}) for ${url}. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and this ` +
        "machine's clock.",
    )
  }
  if (status === 403) {
    return new CaseloadError(
      `The store does not let this key ${doing} in ${url} (${name}). It needs s3:ListBucket and s3:GetObject, and ` +
        's3:PutObject to land files.',
    )
  }
  if (status === 301 || status === 307 || /region is missing/i.test(messageOf(error))) {
    return new UsageError(`Expected AWS_REGION to name the region of the bucket ${bucket} (${name}).`)
  }
  if (status !== undefined && status >= 300) {
    return new CaseloadError(`The store refused to ${doing} in ${url} (${name}, HTTP ${status}). Try again later.`)
  }
  return new CaseloadError(
    `The store of ${url} could not be reached, or the connection was cut (${name}). Check AWS_ENDPOINT_URL_S3 and the ` +
      'network, and try again.',
  )
}

/** An object is not the one that was listed. */
export function changedError(url: string): RefusedError {
  return new RefusedError(
    `An object of ${url} changed while it was read, and nothing of it was published. Run the batch again once the ` +
      'delivery is complete.',
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : ''
}
