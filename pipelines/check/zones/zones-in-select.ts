import { UsageError } from '../../platform/errors.ts'
import { withoutComments } from '../../platform/sql-text.ts'
import { isZoneName, zoneNameFault } from '../../contract/zone-name.ts'

/** `at time zone x` and `timezone(x, ...)`, but not the type `timestamp with time zone`. */
const showsMoments = /(?<!\bwith(?:out)?\s+)\btime\s+zone\b|\btimezone\s*\(/gi
const namedZone = /(?:(?<!\bwith(?:out)?\s+)\btime\s+zone|\btimezone\s*\()\s*'((?:[^']|'')*)'/gi

/**
 * The zones that a SELECT itself uses to convert times, besides the contract's conversions.
 *
 * @param own the source's zone, which the SELECT can read from `batch`
 * @throws UsageError if the SELECT names a zone that is not an IANA zone
 */
export function zonesInSelect(select: string, own: string): readonly string[] {
  const code = withoutComments(select)
  const named = [...code.matchAll(namedZone)].map(([, name = '']) => name)
  const strange = named.find(name => !isZoneName(name))
  if (strange !== undefined) throw new UsageError(`time zone: ${zoneNameFault(strange)}.`)
  const takesOthers = [...code.matchAll(showsMoments)].length > named.length
  return [...new Set([...(takesOthers ? [own] : []), ...named])].filter(zone => zone !== 'UTC')
}
