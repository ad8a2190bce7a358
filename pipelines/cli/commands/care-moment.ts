import { UsageError } from '../../platform/errors.ts'
import type { Session } from '../../platform/postgres.ts'

/**
 * A day in a zone, or a moment with an offset, as a moment; the end of a day is the start of the next one.
 *
 * @throws UsageError for anything else
 */
export async function careMoment(
  session: Session,
  text: string,
  { zone, end }: { readonly zone: string; readonly end: boolean },
): Promise<string> {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))) {
    const found = await session.query<{ moment: string }>(
      'select ($1::date + $2::integer)::timestamp at time zone $3 as moment',
      [text, end ? 1 : 0, zone],
    )
    const [row] = found.rows
    if (row !== undefined) return row.moment
  }
  const moment = new Date(text)
  if (/T.*(?:Z|[+-]\d{2}:?\d{2})$/.test(text) && !Number.isNaN(moment.getTime())) return moment.toISOString()
  throw new UsageError(
    `Expected a day such as 2026-05-31, or a moment such as 2026-05-31T18:00:00Z; found ${text.slice(0, 40)}.`,
  )
}
