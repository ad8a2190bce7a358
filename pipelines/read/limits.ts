import type { Input } from '../source/inputs.ts'

/** How far a delivered file may go before it is refused. */
export interface ReadLimits {
  /** Bytes that a record may take, unpacked. */
  readonly recordBytes: number
  /** How many times its size a gzip may unpack to, once it is beyond 64 MiB. */
  readonly unpackRatio: number
}

const mebibyte = 1024 * 1024

/**
 * MiB of a record. JSON: a nested record takes DuckDB up to 30 times its size, and 8.8 MB are the most at 256 MB of memory.
 * CSV: DuckDB 1.5.6 drops a row over 32 MB without an error when it is the last one; far below that there is none to drop.
 */
const recordMiB = { json: 32, csv: 8 } as const

/** gzip reaches 1,032 on zeros; delivered texts stay below 50. */
const unpackRatio = 200

/** The limits that a source declares for an input, or the usual ones. */
export function readLimits({ format, ...input }: Input): ReadLimits {
  return {
    recordBytes: Math.round((input.maxRecordMiB ?? recordMiB[format]) * mebibyte),
    unpackRatio: input.maxUnpackRatio ?? unpackRatio,
  }
}
