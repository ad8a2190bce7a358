import { readFileSync } from 'node:fs'
import { nearest } from '../platform/nearest.ts'

/** The IANA zone names, from the list beside this file. */
export const zoneNames: ReadonlySet<string> = new Set(
  readFileSync(new URL('./iana-names.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#')),
)

/**
 * True for an IANA zone name, spelt as IANA spells it. Node and DuckDB also accept any case and names that only ICU has (BST is
 * Bangladesh there, IST India); PostgreSQL, which the views use, does not.
 */
export function isZoneName(zone: string): boolean {
  return zoneNames.has(zone)
}

/** What was expected instead of a name that is not a zone: a sentence without a full stop. */
export function zoneNameFault(zone: string): string {
  const words = `expected an IANA zone, such as Europe/Amsterdam or UTC, found ${JSON.stringify(zone.slice(0, 60))}`
  const names = [...zoneNames]
  const meant =
    names.find(name => name.toLowerCase() === zone.toLowerCase()) ??
    (/\//.test(zone) ? nearest(zone, names) : undefined)
  if (meant !== undefined) return `${words} (did you mean ${meant}?)`
  if (/^[A-Z]{2,5}$/.test(zone))
    return `${words}, an abbreviation, which has several meanings; name a place, as in Europe/London`
  return words
}
