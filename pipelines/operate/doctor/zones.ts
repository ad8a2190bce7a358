import type { DuckDB } from '../../platform/duckdb.ts'
import type { Environment } from '../../platform/environment.ts'
import type { Session } from '../../platform/postgres.ts'
import { quoteConstant } from '../../platform/sql.ts'
import { compareZone, engineClock, serverClock } from '../../check/zones/compare-rules.ts'
import { differenceRemedy, differenceText, type ZoneDifference } from '../../check/zones/differences.ts'
import { isZoneName } from '../../contract/zone-name.ts'
import { error, few, type Finding, ok, warning } from './finding.ts'

/** How the programs that convert local times to UTC know the zones. */
export interface ZoneFacts {
  /** TZ; undefined if it is not set. */
  readonly tz: string | undefined
  /** The zone of this process. */
  readonly ours: string
  /** The zones that sources declare. */
  readonly declared: readonly string[]
  /** Declared zones that the IANA list, or a program, does not have; undefined if the program could not be asked. */
  readonly unknown: Readonly<Record<'The IANA' | 'DuckDB' | 'PostgreSQL', readonly string[] | undefined>>
  /** For zones that DuckDB and PostgreSQL know, their first difference after 2015; empty if one could not be asked. */
  readonly differing: readonly { readonly zone: string; readonly difference: ZoneDifference }[]
  /** The time of the check. */
  readonly now: Date
}

/** The comparison ends this many years ahead: appointments are not later, and new rules are known by then. */
const yearsAhead = 2

/** Looks up the declared zones in every program that uses them, and compares the rules of DuckDB and PostgreSQL. */
export async function zoneFacts(
  declared: readonly string[],
  programs: {
    readonly env: Environment
    readonly duckdb: DuckDB | undefined
    readonly session: Session | undefined
    readonly now: Date
  },
): Promise<ZoneFacts> {
  const { env, duckdb, session, now } = programs
  const zones = [...new Set(declared)].sort()
  const unknown = {
    'The IANA': zones.filter(zone => !isZoneName(zone)),
    DuckDB: duckdb === undefined ? undefined : await unknownToDuckDB(duckdb, zones),
    PostgreSQL: session === undefined ? undefined : await unknownToServer(session, zones),
  }
  const lost = Object.values(unknown).flatMap(names => names ?? [])
  const differing: { zone: string; difference: ZoneDifference }[] = []
  for (const zone of zones.filter(one => !lost.includes(one))) {
    if (duckdb === undefined || session === undefined) break
    const [difference] = withinView(await compareZone(zone, engineClock(duckdb), serverClock(session)), now)
    if (difference !== undefined) differing.push({ zone, difference })
  }
  return {
    tz: env['TZ'] === '' ? undefined : env['TZ'],
    ours: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    declared: zones,
    unknown,
    differing,
    now,
  }
}

function withinView(differences: readonly ZoneDifference[], now: Date): readonly ZoneDifference[] {
  const from = Date.UTC(2015, 0, 1) / 1000
  const to = Date.UTC(now.getUTCFullYear() + yearsAhead, now.getUTCMonth(), now.getUTCDate()) / 1000
  return differences.filter(difference => difference.to > from && difference.from < to)
}

/** Whether local times can be converted: a zone that a program does not know stops every run of its source. */
export function zones({ tz, ours, declared, unknown, differing, now }: ZoneFacts): readonly Finding[] {
  const check = 'time zones'
  const lacking = Object.entries(unknown).filter(([, names]) => names !== undefined && names.length > 0)
  const findings: Finding[] = lacking.map(([program, names = []]) =>
    error(
      check,
      `${program} does not know ${few(names)}`,
      program === 'PostgreSQL'
        ? "install the time zones on the server's machine (packages tzdata and tzdata-legacy)"
        : 'correct the zone that the source declares; its published batches are stale afterwards',
    ),
  )
  findings.push(
    ...differing.map(({ zone, difference }) =>
      (difference.from * 1000 <= now.getTime() ? error : warning)(
        check,
        `the clocks of ${zone} differ: ${differenceText(difference)}`,
        `${differenceRemedy(zone)}; until then a batch with local times of that period is refused`,
      ),
    ),
  )
  if (tz !== undefined && !isKnownHere(tz.replace(/^:/, ''))) {
    findings.push(
      warning(
        check,
        'TZ names a zone that Node does not know, so this process uses UTC',
        'set TZ to a zone such as UTC',
      ),
    )
  }
  if (findings.length > 0) return findings
  const names = declared.length === 0 ? 'none' : few(declared)
  const compared =
    unknown.DuckDB === undefined || unknown.PostgreSQL === undefined
      ? 'names of the IANA'
      : `the same in DuckDB and PostgreSQL from 2015 to ${now.getUTCFullYear() + yearsAhead}`
  return [ok(check, `this process: ${ours}; sources: ${names}, ${compared}`)]
}

function isKnownHere(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    return true
  } catch {
    return false
  }
}

async function unknownToDuckDB(duckdb: DuckDB, zones: readonly string[]): Promise<readonly string[]> {
  if (zones.length === 0) return []
  const rows = await duckdb.rows(
    `select name from pg_timezone_names() where name in (${zones.map(quoteConstant).join(', ')})`,
  )
  const known = new Set(rows.map(row => row['name']))
  return zones.filter(zone => !known.has(zone))
}

async function unknownToServer(session: Session, zones: readonly string[]): Promise<readonly string[]> {
  const found = await session.query<{ name: string }>(
    'select z.name from pg_catalog.pg_timezone_names as z where z.name = any ($1::text[])',
    [zones],
  )
  const known = new Set(found.rows.map(row => row.name))
  return zones.filter(zone => !known.has(zone))
}
