import type { BatchState } from '../../ledger/status.ts'
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

/**
 * The days that a report is about.
 *
 * @param asked the caller's first and last day
 * @param states of all batches and overdue days
 * @returns undefined where no batch ever ran
 */
export function windowOf(
  asked: { readonly from: string | undefined; readonly to: string | undefined },
  states: readonly BatchState[],
): Window | undefined {
  const known = states.filter(one => one.state !== 'overdue').map(one => one.batch_date)
  const newest = known.reduce<string | undefined>(
    (last, day) => (last === undefined || day > last ? day : last),
    undefined,
  )
  const oldest = known.reduce<string | undefined>((old, day) => (old === undefined || day < old ? day : old), undefined)
  if (newest === undefined || oldest === undefined) return undefined
  const last = states.reduce((day, one) => (one.batch_date > day ? one.batch_date : day), newest)
  const to = asked.to ?? earlierDay(last, dayAfter(newest, daysPastNewest))
  const usual = dayAfter(to, 1 - usualDays)
  const from = asked.from ?? (oldest > usual && oldest <= to ? oldest : usual)
  return from > to ? { from: to, to } : { from, to }
}

/** All days of a window. */
export const daysIn = ({ from, to }: Window): readonly string[] => daysOf(from, to)
