/** Counts the copied rows of all tables of a batch, and reports the count. */
export interface RowMeter {
  /** Copying begins or restarts: sets the count to 0 and reports it. */
  start(): void
  /** Call it once per Arrow batch, not per row. */
  add(rows: number): void
  /** Copying has ended: reports the last count. */
  end(): void
}

/** People cannot read a number that changes more often than four times a second. */
const everyMs = 250

/**
 * Creates a meter that reports its count at the start and the end, and at most every 250 ms in between.
 *
 * @param report gets the number of rows copied so far
 * @param now returns milliseconds
 */
export function rowMeter(report: (rows: number) => void, now: () => number): RowMeter {
  let rows = 0
  let reported = 0
  let reportedAt = 0
  const reportRows = (): void => {
    reported = rows
    reportedAt = now()
    report(rows)
  }
  return {
    start: () => {
      rows = 0
      reportRows()
    },
    add: more => {
      rows += more
      if (now() - reportedAt >= everyMs) reportRows()
    },
    end: () => {
      if (rows !== reported) reportRows()
    },
  }
}
