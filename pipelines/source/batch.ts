import { createHash } from 'node:crypto'
import { UsageError } from '../platform/errors.ts'

/** One source and one date: the unit of work, of replacement, of locking and of the ledger. */
export interface Batch {
  /** `<transformer>` or `<transformer>__<site>`. */
  readonly source: string
  /** `yyyy-mm-dd`: the day of the delivery, not of the events in it. */
  readonly date: string
}

const word = '[a-z0-9]+'
const sourcePattern = new RegExp(`^[a-z][a-z0-9]*(?:_${word})*(?:__${word}(?:_${word})*)?$`)

/**
 * Checks the form of a source's name.
 *
 * @throws UsageError with the form that was expected
 */
export function parseSource(name: string): string {
  if (name.length <= 30 && sourcePattern.test(name)) return name
  throw new UsageError(
    `A source is named in lower-case letters, digits and single underscores, at most 30 characters, with __ before the site ` +
      `(icu, icu__north); found ${JSON.stringify(name.slice(0, 60))}.`,
  )
}

/** The transformer that serves a source: its name up to `__`. */
export function transformerOf(source: string): string {
  return source.split('__', 1)[0] ?? source
}

/**
 * Reads a date as `yyyymmdd` or `yyyy-mm-dd`.
 *
 * @returns `yyyy-mm-dd`
 * @throws UsageError for any other form and for a day that does not exist
 */
export function parseDate(text: string): string {
  const parts = /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(text)
  const iso = parts === null ? '' : `${parts[1]}-${parts[2]}-${parts[3]}`
  const day = new Date(`${iso}T00:00:00Z`)
  const sameForm = text.length === 8 || text === iso
  if (sameForm && !Number.isNaN(day.getTime()) && day.toISOString().slice(0, 10) === iso) return iso
  throw new UsageError(
    `Expected a day of the calendar as 20230501 or 2023-05-01, found ${JSON.stringify(text.slice(0, 40))}.`,
  )
}

/** `2023-05-01` as `20230501`, the form of landing folders and leaves. */
export function compactDate(date: string): string {
  return date.replaceAll('-', '')
}

const maxIdentifier = 63

/**
 * The name of a batch's leaf of one table: `<table>_<source>_<yyyymmdd>_<8 hex of the run>`. If that exceeds the 63 bytes that
 * Postgres keeps, the table's part is shortened and ends in a hash, which keeps long names distinct.
 *
 * @param runId the run that writes it, a UUID
 */
export function leafName(table: string, batch: Batch, runId: string): string {
  const tail = `_${batch.source}_${compactDate(batch.date)}_${runId.slice(0, 8)}`
  const room = maxIdentifier - tail.length
  if (table.length <= room) return table + tail
  const hash = createHash('sha256').update(table).digest('hex').slice(0, 4)
  return `${table.slice(0, room - hash.length - 1)}_${hash}${tail}`
}

/** The folder of a batch's files below the landing root, with a slash at the end: `source/yyyymmdd/`. */
export function batchFolder({ source, date }: Batch): string {
  return `${source}/${compactDate(date)}/`
}

/** The application name of the sessions of a run: `caseload <source> <yyyy-mm-dd> <8 hex of the run>`, 59 bytes at most. */
export function sessionName({ source, date }: Batch, runId: string): string {
  return `caseload ${source} ${date} ${runId.slice(0, 8)}`
}
