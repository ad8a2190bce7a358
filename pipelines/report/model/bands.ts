import { median } from 'd3-array'
import { weekdayOf } from '../../source/schedule.ts'
import type { TableDay } from './document-source.ts'

/** As the check `row_count` has them: fewer earlier days mean little, and a small table doubles by chance. */
const fewestDays = 4
const fewestRows = 100
const mostDays = 8

/**
 * The rows of each day with the band of its weekday: half to double of the median of up to eight earlier days. The check
 * `row_count` warns of a day outside of it.
 *
 * @param days oldest first
 */
export function withBands(days: readonly { readonly date: string; readonly rows: number }[]): TableDay[] {
  const earlier = new Map<number, number[]>()
  return days.map(({ date, rows }) => {
    const weekday = weekdayOf(date)
    const known = earlier.get(weekday) ?? []
    const middle = known.length < fewestDays ? undefined : median(known)
    earlier.set(weekday, [...known, rows].slice(-mostDays))
    if (middle === undefined) return { date, rows, low: null, high: null, outside: false }
    const isUnusual = rows < middle / 2 || rows > middle * 2
    return {
      date,
      rows,
      low: middle / 2,
      high: middle * 2,
      outside: isUnusual && Math.max(rows, middle) >= fewestRows,
    }
  })
}
