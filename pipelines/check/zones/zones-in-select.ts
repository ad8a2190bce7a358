import { UsageError } from '../../platform/errors.ts'
import { withoutComments } from '../../platform/sql-text.ts'
import { isZoneName, zoneNameFault } from '../../contract/zone-name.ts'

/** `at time zone x`, and `timezone(x, ...)`; but not the type `timestamp with time zone`. */
const showsMoments = /(?<!\bwith(?:out)?\s+)\btime\s+zone\b|\btimezone\s*\(/gi
const namedZone = /(?:(?<!\bwith(?:out)?\s+)\btime\s+zone|\btimezone\s*\()\s*'((?:[^']|'')*)'/gi

/**
 * The zones in which a SELECT shows moments or places times by itself, besides what its contract does.
 *
 * @param own the source's zone, which the SELECT may have from `batch`
 * @returns none for a SELECT that does not
 * @throws UsageError if it names a zone that is none of the IANA
 */
export function zonesInSelect(select: string, own: string): readonly string[] {
  const code = withoutComments(select)
  const named = [...code.matchAll(namedZone)].map(([, name = '']) => name)
  const strange = named.find(name => !isZoneName(name))
  if (strange !== undefined) throw new UsageError(`time zone: ${zoneNameFault(strange)}.`)
  const takesOthers = [...code.matchAll(showsMoments)].length > named.length
  return [...new Set([...(takesOthers ? [own] : []), ...named])].filter(zone => zone !== 'UTC')
}
