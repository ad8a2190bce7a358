import { daysOf, earlierDay } from '../../source/schedule.ts'

/** The days of a report, both included. */
export interface Window {
  readonly from: string
  readonly to: string
}

/** How many days a report has where nobody says otherwise. */
const usualDays = 400
/** How far it goes past the newest batch: if all feeds stopped long ago, the days before are worth more than the gap. */
const daysPastNewest = 31

/** A day so many days after another. */
export function dayAfter(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** The first and the newest day that a run tried, and the last one that any source owes by now. */
export interface Span {
  readonly oldest: string
  readonly newest: string
  readonly lastDue: string
}

/** The days that a report is about. */
export function windowOf(
  asked: { readonly from: string | undefined; readonly to: string | undefined },
  { oldest, newest, lastDue }: Span,
): Window {
  const owed = lastDue > newest ? earlierDay(lastDue, dayAfter(newest, daysPastNewest)) : newest
  const to = asked.to ?? owed
  const usual = dayAfter(to, 1 - usualDays)
  const from = asked.from ?? (oldest > usual && oldest <= to ? oldest : usual)
  return from > to ? { from: to, to } : { from, to }
}

/** All days of a window. */
export const daysIn = ({ from, to }: Window): readonly string[] => daysOf(from, to)
