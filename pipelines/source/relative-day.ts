import { UsageError } from '../platform/errors.ts'
import { parseDate } from './batch.ts'

/** `today`, `yesterday`, or `-7`, a number of days ago. At most four digits: more are a mistyped date. */
const relative = /^(?:today|yesterday|-\d{1,4})$/

/** True for a day that depends on the clock and a zone. */
export const isRelativeDay = (day: string): boolean => relative.test(day)

/**
 * Reads a day: a date as {@link parseDate} takes it, or one that is relative to today.
 *
 * @returns `yyyy-mm-dd`, or the relative day as it is; {@link dayIn} makes a date of it
 * @throws UsageError for any other form
 */
export function parseDay(text: string): string {
  if (isRelativeDay(text)) return text
  try {
    return parseDate(text)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    throw new UsageError(`${error.message.replace(/[.]$/, '')}. today, yesterday and -7 (days ago) are days, too.`)
  }
}

/**
 * The date of a day in a zone.
 *
 * @param day of {@link parseDay}
 * @param zone IANA name
 * @returns `yyyy-mm-dd`
 */
export function dayIn(zone: string, day: string, now: Date): string {
  if (!isRelativeDay(day)) return day
  const ago = day === 'today' ? 0 : day === 'yesterday' ? 1 : Number(day.slice(1))
  const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const of = Object.fromEntries(parts.formatToParts(now).map(({ type, value }) => [type, value]))
  // Days of the calendar, which a change of the clocks does not make longer.
  const today = Date.parse(`${of['year'] ?? ''}-${of['month'] ?? ''}-${of['day'] ?? ''}T00:00:00Z`)
  return new Date(today - ago * 86_400_000).toISOString().slice(0, 10)
}

/** The dates that a day is in the zones of the world: the earliest and the latest. */
export function datesAnywhere(day: string, now: Date): { readonly earliest: string; readonly latest: string } {
  return { earliest: dayIn('Etc/GMT+12', day, now), latest: dayIn('Etc/GMT-14', day, now) }
}
