import { countText, numberText } from '../../../platform/count-text.ts'
import type { BatchRunReport } from '../../model/document-batch.ts'

/** A number, or a dash for one that is not known. */
export const numberOr = (value: number | null): string => (value === null ? '–' : numberText(value))

/** A share in whole percent; one that is nearly all or nearly nothing is not rounded to it. */
export function percent(share: number): string {
  const rounded = Math.round(share * 100)
  if (rounded === 100 && share < 1) return '> 99 %'
  if (rounded === 0 && share > 0) return '< 1 %'
  return `${rounded} %`
}

/** `42 s`, `3 min 20 s`, `1 h 5 min`. */
export function duration(seconds: number | null): string {
  if (seconds === null) return '–'
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600)
    return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`
}

/** The stages of a run and how long each took; empty where they are not known. */
export function stagesText(stages: BatchRunReport['stages']): string {
  return stages.map(({ stage, ms }) => `${stage} ${(ms / 1000).toFixed(1)} s`).join(', ')
}

/** Bytes as a person reads them. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(1)} kB`
  return bytes < 1_000_000_000 ? `${(bytes / 1_000_000).toFixed(1)} MB` : `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

/** `2023-05-01T04:00:02Z` as `2023-05-01 04:00:02`; the page says once that moments are UTC. */
export const momentText = (moment: string | null): string =>
  moment === null ? '–' : moment.replace('T', ' ').replace('Z', '')

/** A short form of a large number for an axis: `1.2k`, `3M`. */
export function shortNumber(value: number): string {
  const short = (scaled: number, unit: string): string => `${Number(scaled.toFixed(1))}${unit}`
  if (value >= 1e9) return short(value / 1e9, 'G')
  if (value >= 1e6) return short(value / 1e6, 'M')
  return value >= 1e3 ? short(value / 1e3, 'k') : String(value)
}

/** `not_delivered` as `not delivered`. */
export const stateWords = (state: string): string => state.replaceAll('_', ' ')

/** `1 day`, `31 days`. */
export const daysText = (days: number): string => countText(days, 'day')

const weekdayForm = new Intl.DateTimeFormat('en-GB', { weekday: 'short', timeZone: 'UTC' })

/** `Mon` of a day. */
export const weekdayText = (date: string): string => weekdayForm.format(new Date(`${date}T00:00:00Z`))

const monthForm = new Intl.DateTimeFormat('en-GB', { month: 'short', year: 'numeric', timeZone: 'UTC' })

/** `2023-05` as `May 2023`. */
export const monthText = (month: string): string => monthForm.format(new Date(`${month}-01T00:00:00Z`))
