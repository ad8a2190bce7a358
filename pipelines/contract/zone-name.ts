import { readFileSync } from 'node:fs'
import { nearest } from '../platform/nearest.ts'

/** The names of the IANA, as the list beside this file has them. */
export const zoneNames: ReadonlySet<string> = new Set(
  readFileSync(new URL('./iana-names.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#')),
)

/**
 * True for a name of the IANA, spelt as the IANA spells it. Node and DuckDB also take names that ICU made up (BST is
 * Bangladesh there, IST India) and any case; PostgreSQL, which the views ask, does not.
 */
export function isZoneName(zone: string): boolean {
  return zoneNames.has(zone)
}

/** What was expected in place of a name that is none: a sentence without its stop. */
export function zoneNameFault(zone: string): string {
  const words = `expected a zone of the IANA, such as Europe/Amsterdam or UTC, found ${JSON.stringify(zone.slice(0, 60))}`
  const names = [...zoneNames]
  const meant =
    names.find(name => name.toLowerCase() === zone.toLowerCase()) ??
    (/\//.test(zone) ? nearest(zone, names) : undefined)
  if (meant !== undefined) return `${words} (did you mean ${meant}?)`
  if (/^[A-Z]{2,5}$/.test(zone))
    return `${words}, an abbreviation, which has several meanings; name a place, as in Europe/London`
  return words
}
