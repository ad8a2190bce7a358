/** On which days a source delivers; decides which days are overdue. */
export type Schedule = 'daily' | 'weekdays' | 'weekly' | 'irregular'

/**
 * Whether a schedule expects a delivery of a day. The view `missing_batches` does the same in SQL; a test compares both.
 *
 * @param first the source's first published batch, `yyyy-mm-dd`: a weekly source delivers on its weekday
 * @param date `yyyy-mm-dd`
 */
export function isExpected(schedule: Schedule, first: string, date: string): boolean {
  switch (schedule) {
    case 'daily':
      return true
    case 'weekdays':
      return weekdayOf(date) % 6 !== 0
    case 'weekly':
      return weekdayOf(date) === weekdayOf(first)
    case 'irregular':
      return false
  }
}

/**
 * The days on which a schedule expects a delivery, both ends included. Nothing is expected before the first published batch.
 *
 * @param first the source's first published batch, `yyyy-mm-dd`
 */
export function expectedDays(schedule: Schedule, first: string, from: string, to: string): readonly string[] {
  return daysOf(from > first ? from : first, to).filter(date => isExpected(schedule, first, date))
}

const dayMs = 86_400_000

const timeOf = (date: string): number => Date.parse(`${date}T00:00:00Z`)

/**
 * The days from one to another, both included.
 *
 * @param from `yyyy-mm-dd`
 * @param to `yyyy-mm-dd`
 * @returns ascending; empty if `to` is before `from`
 */
export function daysOf(from: string, to: string): readonly string[] {
  const days: string[] = []
  for (let time = timeOf(from); time <= timeOf(to); time += dayMs) days.push(new Date(time).toISOString().slice(0, 10))
  return days
}

/** The day of the week of a `yyyy-mm-dd`: 0 is Sunday. */
export function weekdayOf(date: string): number {
  return new Date(timeOf(date)).getUTCDay()
}

/** When a delivery of a day is late, in the zone of its source. */
export interface Lateness {
  /** `HH:MM`, from `00:00` to `24:00`, the end of the day. */
  readonly due: string
  /** How many days after the day of the batch. */
  readonly lagDays: number
}

/** What holds for a source that declares nothing. */
export const endOfNextDay: Lateness = { due: '24:00', lagDays: 1 }

/**
 * The last day of which a delivery is due: a day after it is not late yet. The function caseload.last_due does the same in SQL; a
 * test compares both.
 *
 * @param zone IANA; one that this machine does not know counts as UTC
 * @returns `yyyy-mm-dd`
 */
export function lastDue({ due, lagDays }: Lateness, zone: string, now: Date): string {
  const [hours = 0, minutes = 0] = due.split(':').map(Number)
  const local = localTime(zone, now) - (hours * 60 + minutes) * 60_000
  return new Date(local - lagDays * dayMs).toISOString().slice(0, 10)
}

/** The time on a clock in a zone, as if it were UTC. */
export function localTime(zone: string, now: Date): number {
  const parts = clockOf(zone).formatToParts(now)
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find(one => one.type === type)?.value)
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
}

function clockOf(zone: string): Intl.DateTimeFormat {
  const form = { dateStyle: 'short', timeStyle: 'medium', hourCycle: 'h23', calendar: 'iso8601' } as const
  try {
    return new Intl.DateTimeFormat('sv-SE', { ...form, timeZone: zone })
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return new Intl.DateTimeFormat('sv-SE', { ...form, timeZone: 'UTC' })
  }
}

/** The day so many days before today, by the clock of this machine. */
export function dayBefore(now: Date, days: number): string {
  return new Date(Date.UTC(now.getFullYear(), now.getMonth(), now.getDate() - days)).toISOString().slice(0, 10)
}

/** The earlier of two days, `yyyy-mm-dd`. */
export const earlierDay = (a: string, b: string): string => (a < b ? a : b)
