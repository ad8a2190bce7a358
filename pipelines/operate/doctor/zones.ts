import type { DuckDB } from '../../platform/duckdb.ts'
import type { Environment } from '../../platform/environment.ts'
import type { Session } from '../../platform/postgres.ts'
import { quoteConstant } from '../../platform/sql.ts'
import { compareZone, engineClock, serverClock } from '../../check/zones/compare-rules.ts'
import { differenceRemedy, differenceText, type ZoneDifference } from '../../check/zones/differences.ts'
import { isZoneName } from '../../contract/zone-name.ts'
import { error, few, type Finding, ok, warning } from './finding.ts'

/** Zones by the programs that turn local times into UTC. */
export interface ZoneFacts {
  /** What TZ says, undefined if it is not set. */
  readonly tz: string | undefined
  /** The zone that this process has. */
  readonly ours: string
  /** The zones that sources declare. */
  readonly declared: readonly string[]
  /** Of these, the ones that are none of the IANA, or that a program does not know; undefined where it could not be asked. */
  readonly unknown: Readonly<Record<'The IANA' | 'DuckDB' | 'PostgreSQL', readonly string[] | undefined>>
  /** Of zones that DuckDB and PostgreSQL know, the first difference that is not over before 2015; none where one was not asked. */
  readonly differing: readonly { readonly zone: string; readonly difference: ZoneDifference }[]
  /** When this was looked at. */
  readonly now: Date
}

/** What is looked at ends here after now: so far ahead are appointments, and new rules are known. */
const yearsAhead = 2

/** Looks the declared zones up, each where it is used, and compares the rules of DuckDB and PostgreSQL. */
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

/** Whether local times can be read: a zone that is not known somewhere stops every run of its source. */
export function zones({ tz, ours, declared, unknown, differing, now }: ZoneFacts): readonly Finding[] {
  const check = 'time zones'
  const lacking = Object.entries(unknown).filter(([, names]) => names !== undefined && names.length > 0)
  const findings: Finding[] = lacking.map(([program, names = []]) =>
    error(
      check,
      `${program} does not know ${few(names)}`,
      program === 'PostgreSQL'
        ? "install the time zones on the server's machine (packages tzdata and tzdata-legacy)"
        : 'correct the zone that the source declares; what ran with it is stale afterwards',
    ),
  )
  findings.push(
    ...differing.map(({ zone, difference }) =>
      (difference.from * 1000 <= now.getTime() ? error : warning)(
        check,
        `the clocks of ${zone} differ: ${differenceText(difference)}`,
        `${differenceRemedy(zone)}; until then a batch that holds local times of then is refused`,
      ),
    ),
  )
  if (tz !== undefined && !isKnownHere(tz.replace(/^:/, ''))) {
    findings.push(
      warning(
        check,
        'TZ names a zone that Node does not know, so local times of this process are those of UTC',
        'set TZ to a zone such as UTC',
      ),
    )
  }
  if (findings.length > 0) return findings
  const names = declared.length === 0 ? 'none' : few(declared)
  const compared =
    unknown.DuckDB === undefined || unknown.PostgreSQL === undefined
      ? 'names of the IANA'
      : `by DuckDB and PostgreSQL the same from 2015 to ${now.getUTCFullYear() + yearsAhead}`
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
