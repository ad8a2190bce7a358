import { UsageError } from '../../platform/errors.ts'
import { localTime, weekdayOf } from '../../source/schedule.ts'

/** When a timer is due: five fields of cron, as sets of numbers. */
export interface Cron {
  readonly minutes: readonly number[]
  readonly hours: readonly number[]
  /** True for a day of the calendar, `yyyy-mm-dd`. */
  readonly isDay: (date: string) => boolean
}

interface Field {
  readonly name: string
  readonly least: number
  readonly most: number
  readonly words: readonly string[]
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const fields = {
  minute: { name: 'minute', least: 0, most: 59, words: [] },
  hour: { name: 'hour', least: 0, most: 23, words: [] },
  day: { name: 'day of the month', least: 1, most: 31, words: [] },
  month: { name: 'month', least: 1, most: 12, words: months },
  weekday: { name: 'day of the week', least: 0, most: 7, words: weekdays },
} satisfies Record<string, Field>

/**
 * Reads a cron expression: minute, hour, day of the month, month and day of the week, each `*`, a number, a name, a range, a
 * step or a list. If both days are restricted, either is enough.
 *
 * @throws UsageError naming the field that is wrong
 */
export function parseCron(text: string): Cron {
  const words = text.trim().toLowerCase().split(/\s+/)
  if (words.length !== 5) {
    throw new UsageError(
      `Expected a cron expression of five fields, minute, hour, day, month and weekday, such as '30 5 * * *'; found ` +
        `${JSON.stringify(text.slice(0, 40))}.`,
    )
  }
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = words
  const days = numbersOf(day, fields.day)
  const inMonths = numbersOf(month, fields.month)
  const onWeekdays = numbersOf(weekday, fields.weekday).map(one => one % 7)
  const isDate = (date: string): boolean => days.includes(Number(date.slice(8)))
  const isWeekday = (date: string): boolean => onWeekdays.includes(weekdayOf(date))
  const isEither = !day.startsWith('*') && !weekday.startsWith('*')
  return {
    minutes: numbersOf(minute, fields.minute),
    hours: numbersOf(hour, fields.hour),
    isDay: date =>
      inMonths.includes(Number(date.slice(5, 7))) &&
      (isEither ? isDate(date) || isWeekday(date) : isDate(date) && isWeekday(date)),
  }
}

function numbersOf(text: string, field: Field): readonly number[] {
  const found = new Set(text.split(',').flatMap(part => rangeOf(part, field)))
  return [...found].sort((a, b) => a - b)
}

function rangeOf(part: string, field: Field): readonly number[] {
  const [, from = '', to, step] = /^(\*|[a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?(?:\/(\d{1,2}))?$/.exec(part) ?? []
  const every = step === undefined ? 1 : Number(step)
  const first = from === '*' ? field.least : numberOf(from, field)
  const last = from === '*' || (to === undefined && step !== undefined) ? field.most : numberOf(to ?? from, field)
  if (
    from === '' ||
    (from === '*' && to !== undefined) ||
    !(first >= field.least && last <= field.most && first <= last) ||
    every < 1
  ) {
    throw new UsageError(
      `Expected as ${field.name} of a cron expression numbers from ${field.least} to ${field.most}, found ` +
        `${JSON.stringify(part.slice(0, 20))}.`,
    )
  }
  return Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, at) => first + at * every)
}

/** NaN for a word that the field does not allow. */
function numberOf(word: string, { least, words }: Field): number {
  if (/^\d+$/.test(word)) return Number(word)
  const at = words.indexOf(word)
  return at === -1 ? Number.NaN : at + least
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** A leap day may be 8 years away. */
const longestGap = 8 * 366

/**
 * The last time at which a timer was due. A time that the clocks skip is due at the next minute that exists; one that they
 * show twice is due at the first.
 *
 * @param zone IANA
 * @returns undefined if it was due on no day of the last 8 years
 */
export function lastDueTime({ minutes, hours, isDay }: Cron, zone: string, now: Date): Date | undefined {
  const local = localTime(zone, now)
  const today = Date.parse(`${new Date(local).toISOString().slice(0, 10)}T00:00:00Z`)
  for (let back = 0; back < longestGap; back++) {
    const midnight = today - back * dayMs
    if (!isDay(new Date(midnight).toISOString().slice(0, 10))) continue
    for (const hour of hours.toReversed()) {
      for (const minute of minutes.toReversed()) {
        const wall = midnight + hour * hourMs + minute * minuteMs
        // A clock that is set back shows times again that are later than now; by more than 3 hours none is.
        if (wall > local + 3 * hourMs) continue
        const due = instantOf(wall, zone)
        if (due <= now.getTime()) return new Date(due)
      }
    }
  }
  return undefined
}

/** The first instant at which the clocks of a zone show a time; if they skip it, the first after it. */
function instantOf(wall: number, zone: string): number {
  const offsetAt = (instant: number): number => localTime(zone, new Date(instant)) - instant
  const offsets = [offsetAt(wall - dayMs), offsetAt(wall + dayMs)]
  const [early, late] = [wall - Math.max(...offsets), wall - Math.min(...offsets)]
  const shown = [early, late].find(instant => localTime(zone, new Date(instant)) === wall)
  if (shown !== undefined) return shown
  let [before, after] = [early, late]
  while (after - before > minuteMs) {
    const middle = before + Math.floor((after - before) / 2 / minuteMs) * minuteMs
    if (localTime(zone, new Date(middle)) > wall) after = middle
    else before = middle
  }
  return after
}
