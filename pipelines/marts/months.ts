import type { Mart } from './definitions.ts'
import type { Slice } from './slice.ts'

/** A month of a source, in which a refresh wrote rows of a mart that others count by this date. */
export interface ChangedMonth {
  /** The date. */
  readonly column: string
  readonly source: string
  /** Its first day. */
  readonly month: string
}

/** The months that a refresh wrote so far, by mart. */
export type ChangedMonths = Map<string, readonly ChangedMonth[]>

/** The slices of a mart by source and month: months that follow each other are one. */
export function monthSlices({ monthOf, monthsFrom }: Mart, changed: ChangedMonths): readonly Slice[] {
  const found = monthsFrom.flatMap(name => changed.get(name) ?? []).filter(({ column }) => column === monthOf)
  const bySource = new Map<string, Set<string>>()
  for (const { source, month } of found) bySource.set(source, (bySource.get(source) ?? new Set()).add(month))
  return [...bySource].flatMap(([source, months]) =>
    spans([...months].sort()).map(span => ({ by: 'month', source, column: monthOf ?? '', ...span }) as const),
  )
}

interface Span {
  readonly from: string
  readonly until: string
}

function spans(months: readonly string[]): readonly Span[] {
  const found: Span[] = []
  for (const month of months) {
    const last = found.at(-1)
    if (last?.until === month) found[found.length - 1] = { from: last.from, until: monthAfter(month) }
    else found.push({ from: month, until: monthAfter(month) })
  }
  return found
}

function monthAfter(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return number === 12
    ? `${String(year + 1).padStart(4, '0')}-01-01`
    : `${month.slice(0, 5)}${String(number + 1).padStart(2, '0')}-01`
}
