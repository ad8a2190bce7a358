import { isExpected, type Lateness, lastDue, localTime, type Schedule } from '../../source/schedule.ts'
import type { SourceRow } from './read-ledger.ts'

/** How many days of a month were due, and how many were published before they were late. */
export interface OnTimeMonth {
  readonly month: string
  readonly due: number
  readonly on_time: number
}

const dayMs = 86_400_000
const quarterMs = 900_000

/** The last day that was due at a moment, as {@link lastDue} says; it asks the clock of a zone once for a quarter of an hour. */
export function lastDueAt(): (lateness: Lateness, zone: string, moment: number) => string {
  const offsets = new Map<string, number>()
  return ({ due, lagDays }, zone, moment) => {
    const quarter = Math.floor(moment / quarterMs) * quarterMs
    const key = `${zone} ${quarter}`
    const offset = offsets.get(key) ?? localTime(zone, new Date(quarter)) - quarter
    offsets.set(key, offset)
    const [hours = 0, minutes = 0] = due.split(':').map(Number)
    const local = moment + offset - (hours * 60 + minutes) * 60_000 - lagDays * dayMs
    return new Date(local).toISOString().slice(0, 10)
  }
}

/**
 * The share of days that were on time, by month. A day counts if the schedule expects it, if it is due, and if it was not late
 * already when the source ran for the first time: history that is loaded afterwards is not late. It is on time if its first
 * version was published before it was late.
 *
 * @param days of the window on which the schedule may expect a delivery
 * @param firstPublished by day: when its first version was published, in milliseconds
 * @param first the first published day of the source; undefined without one
 * @param ask of {@link lastDueAt}
 */
export function onTimeMonths(
  source: SourceRow,
  days: readonly string[],
  firstPublished: ReadonlyMap<string, number>,
  {
    first,
    now,
    ask,
  }: { readonly first: string | undefined; readonly now: Date; readonly ask: ReturnType<typeof lastDueAt> },
): OnTimeMonth[] {
  if (first === undefined) return []
  const lateness = { due: source.due, lagDays: source.lag_days }
  const lateBefore = ask(lateness, source.zone, source.first_run_at)
  const lastDay = lastDue(lateness, source.zone, now)
  const judged = days.filter(
    day => day > lateBefore && day <= lastDay && day >= first && isExpected(source.schedule as Schedule, first, day),
  )
  const months = new Map<string, { due: number; on_time: number }>()
  for (const day of judged) {
    const month = months.get(day.slice(0, 7)) ?? { due: 0, on_time: 0 }
    const moment = firstPublished.get(day)
    month.due += 1
    if (moment !== undefined && day > ask(lateness, source.zone, moment)) month.on_time += 1
    months.set(day.slice(0, 7), month)
  }
  return [...months].map(([month, counts]) => ({ month, ...counts }))
}
