import type { Readmission } from './document-catalogue.ts'

/** A count of patients or stays below this is not shown, and nothing from which it follows. */
const fewest = 11

/** True if a count says nothing of few people: it may be shown. */
const isLarge = (count: number): boolean => count >= fewest

/** A share with its Wilson interval of 95 %. */
export function wilson(
  part: number,
  whole: number,
): { readonly rate: number; readonly low: number; readonly high: number } {
  const z = 1.959964
  const rate = part / whole
  const scale = 1 + (z * z) / whole
  const centre = (rate + (z * z) / (2 * whole)) / scale
  const half = (z / scale) * Math.sqrt((rate * (1 - rate)) / whole + (z * z) / (4 * whole * whole))
  return { rate, low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}

/** The stays of one source, month and definition. */
export interface StayCounts {
  readonly source: string
  readonly definition: string
  readonly month: string
  readonly stays: number
  readonly readmissions: number
}

/**
 * Hides what is about few people: a month whose readmissions, or whose other stays, are fewer than 11 shows no count, rate or
 * interval. Two definitions count the same stays of a month; where the difference of two counts is 1 to 10, only the first is
 * shown.
 */
export function hideSmallCounts(counts: readonly StayCounts[]): Readmission[] {
  const shown = new Map<string, StayCounts[]>()
  return counts.map(one => {
    const { source, definition, month, stays, readmissions } = one
    const key = `${source} ${month}`
    const others = shown.get(key) ?? []
    const isShown =
      isLarge(readmissions) && isLarge(stays - readmissions) && others.every(other => tellsNothingMore(one, other))
    if (!isShown)
      return { source, definition, month, stays: null, readmissions: null, rate: null, low: null, high: null }
    shown.set(key, [...others, one])
    return { source, definition, month, stays, readmissions, ...wilson(readmissions, stays) }
  })
}

function tellsNothingMore(one: StayCounts, other: StayCounts): boolean {
  const differences = [
    one.stays - other.stays,
    one.readmissions - other.readmissions,
    one.stays - one.readmissions - (other.stays - other.readmissions),
  ]
  return differences.every(difference => difference === 0 || isLarge(Math.abs(difference)))
}

/** The share of rows without a value; null where it would speak of few rows. */
export function nullShare(rows: number, nulls: number): number | null {
  const values = rows - nulls
  if (!isLarge(rows)) return null
  if ((nulls > 0 && !isLarge(nulls)) || (values > 0 && !isLarge(values))) return null
  return nulls / rows
}
