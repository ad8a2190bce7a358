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

/** The day before today by the clock of this machine: a delivery of today may still come. */
export function yesterday(now = new Date()): string {
  const day = new Date(now)
  day.setDate(day.getDate() - 1)
  return [day.getFullYear(), pad(day.getMonth() + 1), pad(day.getDate())].join('-')
}

const pad = (part: number): string => String(part).padStart(2, '0')
