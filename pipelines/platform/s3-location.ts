import { UsageError } from './errors.ts'

/** A landing root in an object store. */
export interface S3Location {
  readonly bucket: string
  /** Empty, or ends in `/`. */
  readonly prefix: string
  /** `s3://bucket/prefix`, without a slash at the end. */
  readonly url: string
}

/** True for a landing root in an object store. */
export function isS3(landing: string): boolean {
  return landing.startsWith('s3:')
}

/**
 * Parses `s3://bucket` or `s3://bucket/prefix`; a slash at the end is optional.
 *
 * @throws UsageError for another form; the message does not repeat the text, which may contain an access key
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
