import type { DuckDB } from '../duckdb.ts'
import type { Session } from '../postgres.ts'
import { quoteConstant } from '../sql.ts'
import { error, few, type Finding, ok, warning } from './finding.ts'

/** Zones by the programs that turn local times into UTC. */
export interface ZoneFacts {
  /** What TZ says, undefined if it is not set. */
  readonly tz: string | undefined
  /** The zone that this process has. */
  readonly ours: string
  /** The zones that sources declare. */
  readonly declared: readonly string[]
  /** Of these, the ones that a program does not know; undefined where it could not be asked. */
  readonly unknown: Readonly<Record<'Node' | 'DuckDB' | 'PostgreSQL', readonly string[] | undefined>>
}

/** Looks the declared zones up, each where it is used. */
export async function zoneFacts(
  declared: readonly string[],
  programs: {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly duckdb: DuckDB | undefined
    readonly session: Session | undefined
  },
): Promise<ZoneFacts> {
  const zones = [...new Set(declared)].sort()
  return {
    tz: programs.env['TZ'] === '' ? undefined : programs.env['TZ'],
    ours: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    declared: zones,
    unknown: {
      Node: zones.filter(zone => !isKnownHere(zone)),
      DuckDB: programs.duckdb === undefined ? undefined : await unknownToDuckDB(programs.duckdb, zones),
      PostgreSQL: programs.session === undefined ? undefined : await unknownToServer(programs.session, zones),
    },
  }
}

/** Whether local times can be read: a zone that is not known somewhere stops every run of its source. */
export function zones({ tz, ours, declared, unknown }: ZoneFacts): readonly Finding[] {
  const check = 'time zones'
  const lacking = Object.entries(unknown).filter(([, names]) => names !== undefined && names.length > 0)
  const findings: Finding[] = lacking.map(([program, names = []]) =>
    error(
      check,
      `${program} does not know ${few(names)}`,
      program === 'PostgreSQL'
        ? "install the time zones on the server's machine (package tzdata)"
        : 'correct the zone that the source declares',
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
  const asked = Object.entries(unknown).flatMap(([program, names]) => (names === undefined ? [] : [program]))
  return [
    ok(
      check,
      `this process: ${ours}; sources: ${declared.length === 0 ? 'none' : few(declared)}, known to ${asked.join(', ')}`,
    ),
  ]
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
