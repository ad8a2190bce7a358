import { isAboutData } from '../platform/duckdb-error.ts'
import { RefusedError } from '../platform/errors.ts'

/** How an attempt loads a batch: fast first, then exact if the delivery needs it. */
export interface Attempt {
  /** `direct`: DuckDB reads the delivered files; `normalised`: copies without the records that DuckDB cannot parse. */
  readonly reading: 'direct' | 'normalised'
  /** `optimistic`: the unique index of a leaf finds duplicate keys; `exact`: DuckDB groups the keys before the copy. */
  readonly keys: 'optimistic' | 'exact'
}

/** Fast: the only pass over the data is the one that copies it. */
export const firstAttempt: Attempt = { reading: 'direct', keys: 'optimistic' }

/** Two rows have the same key: only an attempt with `keys: 'exact'` decides which one is loaded. */
export class KeyTwiceError extends Error {
  override readonly name = 'KeyTwiceError'

  constructor(table: string) {
    super(`${table}: two rows have one key`)
  }
}

/** DuckDB read a different number of records than the scan counted. */
export class ImbalanceError extends RefusedError {}

/**
 * The attempt to make after a failed one.
 *
 * @returns undefined if no other attempt can help
 */
export function nextAttempt(failed: Attempt, error: unknown): Attempt | undefined {
  if (error instanceof KeyTwiceError && failed.keys === 'optimistic') return { ...failed, keys: 'exact' }
  if ((isAboutData(error) || error instanceof ImbalanceError) && failed.reading === 'direct')
    return { ...failed, reading: 'normalised' }
  return undefined
}
