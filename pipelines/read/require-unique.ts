import { countText } from '../platform/count-text.ts'
import type { DuckDB } from '../platform/duckdb.ts'
import { RefusedError } from '../platform/errors.ts'
import { quoteIdent } from '../platform/sql.ts'

/** A message names so many values, and so many places of each. */
const mostPlaces = 5

/** What {@link requireUnique} looks at. */
export interface UniqueInput {
  /** The relation of the input. */
  readonly name: string
  /** Columns whose values together occur once. */
  readonly unique: readonly string[]
  readonly fileName: (fileNo: number) => string
}

/**
 * Looks for records of an input that have the same values in its `unique` columns.
 *
 * @throws RefusedError with the places of some of them, never their values
 */
export async function requireUnique(duckdb: DuckDB, { name, unique, fileName }: UniqueInput): Promise<void> {
  const columns = unique.map(quoteIdent)
  const given = columns.map(column => `${column} is not null and ${column} <> ''`).join(' and ')
  const found = await duckdb.rows(
    `select
       count(*) over () as repeated,
       string_agg(file_no || ':' || record_no, ' ' order by file_no, record_no) as places
     from ${quoteIdent(name)}
     where ${given}
     group by ${columns.join(', ')}
     having count(*) > 1
     order by min(file_no), min(record_no)
     limit ${mostPlaces}`,
  )
  if (found.length === 0) return
  const repeated = Number(found[0]?.['repeated'])
  const places = found.map(row => placesText(String(row['places']), fileName))
  throw new RefusedError(
    `Expected each ${unique.join(' and ')} of ${name} once, found ${countText(repeated, 'value')} more than once: ` +
      `${places.join('; ')}${repeated > mostPlaces ? '; and more' : ''}. A SELECT that joins ${name} would yield rows twice. ` +
      'Correct the file, then run the batch again.',
  )
}

/** @param places `file_no:record_no`, with blanks between */
function placesText(places: string, fileName: UniqueInput['fileName']): string {
  const all = places.split(' ').map(place => {
    const [file, record] = place.split(':')
    return `record ${record ?? ''} of ${fileName(Number(file))}`
  })
  const shown = all.slice(0, mostPlaces).join(', ')
  return all.length > mostPlaces ? `${shown} and ${all.length - mostPlaces} more` : shown
}
