/** Counts the rows of a batch as they are copied, over all its tables, and says so now and then. */
export interface RowMeter {
  /** Copying begins, for the first time or over again: the count is 0, which is said. */
  start(): void
  /** So many rows more. Called once per Arrow batch, not per row. */
  add(rows: number): void
  /** Copying is over: the last count is said. */
  end(): void
}

/** Four times a second is as often as a person can read a number that changes. */
const everyMs = 250

/**
 * Makes a meter that says its count at the start and the end, and at most every 250 ms in between.
 *
 * @param report takes the rows copied so far
 * @param now gives milliseconds
 */
export function rowMeter(report: (rows: number) => void, now: () => number): RowMeter {
  let rows = 0
  let said = 0
  let saidAt = 0
  const say = (): void => {
    said = rows
    saidAt = now()
    report(rows)
  }
  return {
    start: () => {
      rows = 0
      say()
    },
    add: more => {
      rows += more
      if (now() - saidAt >= everyMs) say()
    },
    end: () => {
      if (rows !== said) say()
    },
  }
}
