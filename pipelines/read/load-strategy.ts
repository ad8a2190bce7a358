import { isAboutData } from '../platform/duckdb-error.ts'
import { RefusedError } from '../platform/errors.ts'

/** How a batch is tried: the quick way first, and the exact one where the delivery turns out to need it. */
export interface Attempt {
  /** `direct`: DuckDB reads the files as they are; `normalised`: a clean copy, without records no parser can take. */
  readonly reading: 'direct' | 'normalised'
  /** `optimistic`: the unique index of a leaf finds a key that comes twice; `exact`: keys are grouped before. */
  readonly keys: 'optimistic' | 'exact'
}

/** The quick way: no pass over the data but the one that copies it. */
export const firstAttempt: Attempt = { reading: 'direct', keys: 'optimistic' }

/** Two rows of one key: only the exact way can tell which of them stays. */
export class KeyTwiceError extends Error {
  override readonly name = 'KeyTwiceError'

  /** @param table where it happened */
  constructor(table: string) {
    super(`${table}: two rows have one key`)
  }
}

/** The parser read another number of records than were counted before: it takes the file for something else. */
export class ImbalanceError extends RefusedError {}

/**
 * What to try after a failure.
 *
 * @returns undefined if nothing is left to try
 */
export function nextAttempt(failed: Attempt, error: unknown): Attempt | undefined {
  if (error instanceof KeyTwiceError && failed.keys === 'optimistic') return { ...failed, keys: 'exact' }
  if ((isAboutData(error) || error instanceof ImbalanceError) && failed.reading === 'direct')
    return { ...failed, reading: 'normalised' }
  return undefined
}
