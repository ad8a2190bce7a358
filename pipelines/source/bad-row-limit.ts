import { UsageError } from '../platform/errors.ts'

/** How many rows of one table, or records of one input, may go to quarantine before the batch is refused. */
export interface BadRowLimit {
  /** As the user or the source wrote it. */
  readonly text: string
  /** False for the default. */
  readonly isGiven: boolean
  /** True if `bad` of `candidates` rows are too many. */
  readonly isExceeded: (bad: number, candidates: number) => boolean
}

/** More than 5 % and more than 10 rows: one bad row of a small delivery is acceptable, a broken feed is not. */
export const defaultBadRowLimit: BadRowLimit = {
  text: '5% and 10 rows',
  isGiven: false,
  isExceeded: (bad, candidates) => bad > 10 && bad > candidates * 0.05,
}

/**
 * Reads a limit: `100` rows or `2.5%`.
 *
 * @throws UsageError for any other form
 */
export function parseBadRowLimit(text: string): BadRowLimit {
  const [, number, percent] = /^(\d{1,9}(?:\.\d{1,4})?)(%?)$/.exec(text) ?? []
  const most = Number(number)
  if (percent === '%' && most <= 100) {
    return { text, isGiven: true, isExceeded: (bad, candidates) => bad > (candidates * most) / 100 }
  }
  if (percent === '' && Number.isInteger(most)) return { text, isGiven: true, isExceeded: bad => bad > most }
  throw new UsageError(`Expected a number of rows such as 100, or a share such as 5%, found ${JSON.stringify(text)}.`)
}
