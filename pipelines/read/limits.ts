import type { Input } from '../source/inputs.ts'

/** Limits beyond which a delivered file is refused. */
export interface ReadLimits {
  /** Maximum size of a record in unpacked bytes. */
  readonly recordBytes: number
  /** Maximum ratio of unpacked to packed bytes of a gzip, checked beyond 64 MiB. */
  readonly unpackRatio: number
}

const mebibyte = 1024 * 1024

/**
 * Default maximum of a record in MiB. JSON: DuckDB needs up to 30 times the size of a nested record, and fails above
 * 8.8 MB with 256 MB of memory. CSV: DuckDB 1.5.6 drops a last row over 32 MB without an error; the limit is far below
 * that.
 */
const recordMiB = { json: 32, csv: 8 } as const

/** gzip reaches 1,032 for zeros; delivered texts stay below 50. */
const unpackRatio = 200

/** The limits that a source declares for an input, or the defaults. */
export function readLimits({ format, ...input }: Input): ReadLimits {
  return {
    recordBytes: Math.round((input.maxRecordMiB ?? recordMiB[format]) * mebibyte),
    unpackRatio: input.maxUnpackRatio ?? unpackRatio,
  }
}
