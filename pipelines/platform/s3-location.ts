import { UsageError } from './errors.ts'

/** A landing root in an object store. */
export interface S3Location {
  readonly bucket: string
  /** Empty, or ends in `/`. */
  readonly prefix: string
  /** `s3://bucket/prefix`, without a slash at its end. */
  readonly url: string
}

/** True for a landing root that lies in an object store. */
export function isS3(landing: string): boolean {
  return landing.startsWith('s3:')
}

/**
 * Reads `s3://bucket` or `s3://bucket/prefix`; a slash at the end makes no difference.
 *
 * @throws UsageError for another form; what was found is not repeated, because a key may have been written into it
 */
export function parseS3(landing: string): S3Location {
  const [, bucket, path = ''] = /^s3:\/\/([A-Za-z0-9._-]{3,255})(?:\/(.*))?$/s.exec(landing) ?? []
  const parts = path.replace(/\/$/, '').split('/')
  const isPath = path === '' || parts.every(part => part !== '' && part !== '.' && part !== '..')
  if (bucket === undefined || !isPath || /[\p{Cc}?#]/u.test(path)) {
    throw new UsageError(
      'Expected a landing root in an object store as s3://bucket or s3://bucket/prefix, without "..", "//", "?" and "#" in it.',
    )
  }
  const prefix = path === '' ? '' : `${parts.join('/')}/`
  return { bucket, prefix, url: `s3://${bucket}/${prefix}`.replace(/\/$/, '') }
}
