import { columnsOf, type Contract } from '../../contract/contract.ts'
import { UsageError } from '../../platform/errors.ts'
import { withoutComments } from '../../platform/sql-text.ts'
import { isZoneName, zoneNameFault } from '../../contract/zone-name.ts'
import { type DoubtfulZone, type Doubts, noDoubts } from '../doubtful-times.ts'
import type { CompareZone } from './compare-rules.ts'

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

/**
 * Compares the clock rules of the zones that matter: the source's zone if the table has times, and the zones in its
 * SELECT.
 *
 * @param zone the source's zone
 * @param compareZone undefined: no zone is compared
 */
export async function doubtsOf(
  contract: Contract,
  select: string,
  zone: string,
  compareZone: CompareZone | undefined,
): Promise<Doubts> {
  const shown = zonesInSelect(select, zone)
  if (compareZone === undefined) return noDoubts
  const doubtful = async (one: string): Promise<readonly DoubtfulZone[]> => {
    const differences = await compareZone(one)
    return differences.length === 0 ? [] : [{ zone: one, differences }]
  }
  const places = columnsOf(contract).some(({ type }) => type.kind === 'timestamp')
  const [placed] = places ? await doubtful(zone) : []
  const inSelect: DoubtfulZone[] = []
  for (const one of shown) inSelect.push(...(await doubtful(one)))
  return { placed, shown: inSelect }
}
