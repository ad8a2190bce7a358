import type { Report } from '../../model/document.ts'
import type { SourceReport } from '../../model/document-source.ts'
import { dayAfter } from '../../model/window.ts'
import type { Bar } from '../charts/bar-chart.ts'

/** How the last days of a source went. */
export interface SourceWeek {
  readonly name: string
  readonly problems: number
  readonly days: number
  readonly rows: number
  readonly quarantined: number
  /** Null where no day was due. */
  readonly onTime: number | null
}

/** The last day of the report. */
export const lastDay = (report: Report): string => report.window?.to ?? ''

/** The last seven days of each source: those with most days that are not well first, then those with most in quarantine. */
export function worstFirst(sources: readonly SourceReport[], last: string): readonly SourceWeek[] {
  const from = dayAfter(last, -6)
  return sources
    .map(({ name, days, on_time: months }) => {
      const week = days.filter(day => day.date >= from)
      const due = sum(months.map(month => month.due))
      return {
        name,
        problems: week.filter(day => day.problem).length,
        days: week.length,
        rows: sum(week.map(day => day.rows ?? 0)),
        quarantined: sum(week.map(day => day.quarantined ?? 0)),
        onTime: due === 0 ? null : sum(months.map(month => month.on_time)) / due,
      }
    })
    .sort((a, b) => b.problems - a.problems || b.quarantined - a.quarantined || (a.name < b.name ? -1 : 1))
}

/** The rows of all sources by day. */
export function rowsByDay(sources: readonly SourceReport[]): readonly Bar[] {
  const days = new Map<string, number>()
  for (const { date, rows } of sources.flatMap(source => source.days))
    if (rows !== null) days.set(date, (days.get(date) ?? 0) + rows)
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([from, value]) => ({ from, days: 1, value }))
}

/** Days on time of all sources by month. */
export function monthsOnTime(sources: readonly SourceReport[]): SourceReport['on_time'] {
  const months = new Map<string, { due: number; on_time: number }>()
  for (const one of sources.flatMap(source => source.on_time)) {
    const month = months.get(one.month) ?? { due: 0, on_time: 0 }
    months.set(one.month, { due: month.due + one.due, on_time: month.on_time + one.on_time })
  }
  return [...months].sort(([a], [b]) => (a < b ? -1 : 1)).map(([month, counts]) => ({ month, ...counts }))
}

export const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0)
