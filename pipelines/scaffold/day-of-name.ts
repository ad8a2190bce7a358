const day = 86_400_000

/**
 * The day in the name of a file, such as `export_20230501T081500Z.csv`, `2023-05-01.csv` or `vitals 13.05.2023.csv`. A day that is
 * written after its year counts; one before it only if it cannot be a month.
 *
 * @returns `yyyy-mm-dd`; undefined if the name has no day, or one that can be read in two ways
 */
export function dayOfName(file: string): string | undefined {
  for (const [, year = '', month = '', date = ''] of file.matchAll(
    /(?<!\d)((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?=\D|\d{4}(?:\D|$)|\d{6}(?:\D|$))/g,
  )) {
    const found = dayOf(year, month, date)
    if (found !== undefined) return found
  }
  for (const [, one = '', other = '', year = ''] of file.matchAll(
    /(?<!\d)(\d\d)[-_.]?(\d\d)[-_.]?((?:19|20)\d\d)(?!\d)/g,
  )) {
    const found = [dayOf(year, other, one), dayOf(year, one, other)].filter(date => date !== undefined)
    if (new Set(found).size === 1) return found[0]
  }
  return undefined
}

/** Undefined for a day that the calendar does not have. */
function dayOf(year: string, month: string, date: string): string | undefined {
  const text = `${year}-${month}-${date}`
  const moment = Date.parse(`${text}T00:00:00Z`)
  if (Number.isNaN(moment)) return undefined
  // JavaScript takes 30 February for 2 March.
  return new Date(Math.floor(moment / day) * day).toISOString().startsWith(text) ? text : undefined
}
