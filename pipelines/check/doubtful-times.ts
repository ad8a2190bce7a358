import { UsageError } from '../platform/errors.ts'
import { quoteConstant } from '../platform/sql.ts'
import { differenceRemedy, differenceText, type ZoneDifference } from './zones/differences.ts'
import type { CompareZone } from './zones/compare-rules.ts'
import { zonesInSelect } from './zones/zones-in-select.ts'
import { columnsOf, type Contract, type ContractColumn } from '../contract/contract.ts'
import { castSql, hasOffset, type Predicate } from './predicates.ts'

/** A zone for which DuckDB and PostgreSQL have different rules at some time. */
export interface DoubtfulZone {
  readonly zone: string
  /** At least one. */
  readonly differences: readonly ZoneDifference[]
}

/** The zones that make times and days of a SELECT doubtful. */
export interface Doubts {
  /** The source's zone, which applies to times without an offset; undefined if it has no differences. */
  readonly placed: DoubtfulZone | undefined
  /** Zones to which the SELECT itself converts times, for example to get a local day. */
  readonly shown: readonly DoubtfulZone[]
}

export const noDoubts: Doubts = { placed: undefined, shown: [] }

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

/** The rule of a row with a doubtful time or day; its batch is refused. */
export const doubtRule = 'zone_rules'

/**
 * Predicates for times and days in spans in which DuckDB and PostgreSQL differ. A zone without differences adds no
 * predicate.
 *
 * A time without an offset is doubtful if one of the two has this local time while they differ. Of times and days that
 * a SELECT converted, only the result is known: all of them within a difference are doubtful.
 *
 * @param raw returns the SQL of a column's delivered text
 */
export function doubtPredicates(
  columns: readonly ContractColumn[],
  raw: (name: string) => string,
  { placed, shown }: Doubts,
): readonly Predicate[] {
  return columns.flatMap(({ name, type }) => {
    const text = raw(name)
    const conditions: string[] = []
    if (type.kind === 'timestamp' && placed !== undefined) {
      const isLocal = `not coalesce(${hasOffset(text)} or suffix(${text}, 'Z'), false)`
      conditions.push(`${isLocal} and ${within(`try_cast(${text} as timestamp)`, localSpans([placed]))}`)
    }
    if (type.kind === 'timestamp' && shown.length > 0) {
      const isMoment = `(${hasOffset(text)} or suffix(${text}, 'Z'))`
      conditions.push(`${isMoment} and ${within(castSql(type, text, 'UTC'), momentSpans(shown))}`)
    }
    if (type.kind === 'date' && shown.length > 0) {
      conditions.push(within(`try_cast(${text} as date)`, localSpans(shown).map(wholeDays)))
    }
    if (conditions.length === 0) return []
    return [{ column: name, rule: doubtRule, broken: `(${conditions.map(one => `(${one})`).join(' or ')})` }]
  })
}

/**
 * The refusal of a batch with a doubtful time.
 *
 * @param day `yyyy-mm-dd` of the delivery; the message names the nearest of several differences
 */
export function doubtRefusal(place: string, { placed, shown }: Doubts, day: string): UsageError {
  const moment = Date.parse(`${day}T12:00:00Z`) / 1000
  const all = [...(placed === undefined ? [] : [placed]), ...shown].flatMap(({ zone, differences }) =>
    differences.map(difference => ({ zone, difference, away: distance(difference, moment) })),
  )
  const [nearest] = all.sort((a, b) => a.away - b.away)
  if (nearest === undefined) throw new Error('a time is doubtful, but no zone is')
  return new UsageError(
    `${place} has local times or days of ${nearest.zone} for which DuckDB and PostgreSQL have different rules: ` +
      `${differenceText(nearest.difference)}. Nothing was loaded. ${differenceRemedy(nearest.zone)}, or let the feed deliver ` +
      'these times with an offset such as Z or -07:00. caseload doctor compares the zones of all sources.',
  )
}

interface Span {
  readonly from: number
  readonly to: number
}

function distance({ from, to }: Span, moment: number): number {
  return Math.max(0, from - moment, moment - to)
}

function momentSpans(zones: readonly DoubtfulZone[]): readonly Span[] {
  return merged(zones.flatMap(({ differences }) => differences))
}

/** The local times that DuckDB or PostgreSQL has while they differ. */
function localSpans(zones: readonly DoubtfulZone[]): readonly Span[] {
  return merged(
    zones.flatMap(({ differences }) =>
      differences.map(({ from, to, engine, server }) => ({
        from: from + Math.min(engine, server),
        to: to + Math.max(engine, server),
      })),
    ),
  )
}

function merged(spans: readonly Span[]): readonly Span[] {
  const kept: Span[] = []
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    const last = kept.at(-1)
    if (last !== undefined && from <= last.to) kept[kept.length - 1] = { from: last.from, to: Math.max(last.to, to) }
    else kept.push({ from, to })
  }
  return kept
}

const secondsOfDay = 86_400

const wholeDays = ({ from, to }: Span): Span => ({
  from: Math.floor(from / secondsOfDay) * secondsOfDay,
  to: Math.ceil(to / secondsOfDay) * secondsOfDay,
})

/** Compares with the whole span first: most rows are outside and need no further comparison. */
function within(value: string, spans: readonly Span[]): string {
  const inside = ({ from, to }: Span): string =>
    [`${value} >= ${timestampSql(from)}`, ...(to === Infinity ? [] : [`${value} < ${timestampSql(to)}`])].join(' and ')
  const whole = { from: spans[0]?.from ?? 0, to: spans.at(-1)?.to ?? 0 }
  if (spans.length === 1) return `(${inside(whole)})`
  return `(${inside(whole)} and (${spans.map(inside).join(' or ')}))`
}

const timestampSql = (seconds: number): string =>
  `timestamp ${quoteConstant(new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' '))}`
