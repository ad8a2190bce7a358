import { randomUUID } from 'node:crypto'
import type { Session } from '../../pipelines/platform/postgres.ts'
import { runFingerprint } from '../../pipelines/source/fingerprint/fingerprint.ts'
import { loadSource, shippedSources } from '../../pipelines/source/load-source.ts'
import { weekdayOf } from '../../pipelines/source/schedule.ts'

/** A ledger as years of nights leave it: so many sources, each with so many days up to the last one. */
export interface World {
  readonly sources: number
  readonly days: number
  /** `yyyy-mm-dd` */
  readonly last: string
  /** The folder of the sources, for what a batch was made from; default: that of the tests. */
  readonly folder?: string
}

const classes = ['icu', 'source_a', 'biometrics', 'intake', 'source_b', 'home_monitoring'] as const

/** What a night may leave besides a published batch, each on some of 97 nights. */
const nights: Readonly<Record<number, readonly [status: string, error?: string]>> = {
  3: ['failed', 'DatabaseError'],
  7: ['refused', 'RefusedError'],
  11: ['incomplete', 'MissingInputError'],
  13: ['incomplete', 'NoDeliveryError'],
  17: ['running'],
}
const overdueNight = 19
const pinnedNight = 23
const dismissedNight = 29
const retriedNight = 31
const replacedNight = 37
const staleNight = 41

/** The names of the sources of a world. */
export function sourceNames({ sources }: Pick<World, 'sources'>): readonly string[] {
  return Array.from(
    { length: sources },
    (_, at) => `${classes[at % classes.length] ?? ''}__w${String(at).padStart(2, '0')}`,
  )
}

/** Writes the ledger of a world; nothing is in the tables. */
export async function makeWorld(session: Session, world: World): Promise<void> {
  for (const [at, name] of sourceNames(world).entries()) {
    const { transformer, ...source } = await loadSource(name, [world.folder ?? shippedSources])
    const { codeHash, contractHash, engineSemantics, zone } = runFingerprint({ transformer, ...source }, undefined)
    const made = { codeHash, contractHash, engineSemantics, zone }
    const runs = daysOf(world).flatMap((date, day) =>
      nightOf(name, at, date, day).map(run => ({ ...run, ...made, ...staleOf(run) })),
    )
    const tables = runs.flatMap(run => tablesOf(run, transformer.tables))
    const files = runs.flatMap(run => filesOf(run, Object.keys(transformer.inputs)))
    await write(session, name, { runs, tables, files })
  }
}

interface Run {
  readonly run_id: string
  readonly source: string
  readonly batch_date: string
  readonly status: string
  readonly started_at: string
  readonly ended_at: string | null
  readonly published_at: string | null
  readonly error_class: string | null
  readonly error_message: string | null
  readonly attempts: number
  readonly night: number
  readonly rows: number
  readonly pin: string | null
}

const dayMs = 86_400_000

function daysOf({ days, last }: World): readonly string[] {
  const end = Date.parse(`${last}T00:00:00Z`)
  return Array.from({ length: days }, (_, at) => new Date(end - (days - 1 - at) * dayMs).toISOString().slice(0, 10))
}

const staleOf = (run: Run): object => (run.night === staleNight ? { codeHash: '0'.repeat(64) } : {})

function nightOf(source: string, at: number, date: string, day: number): readonly Run[] {
  const night = (at * 31 + day * 17) % 97
  if (night === overdueNight) return []
  const [status = 'published', error = null] = nights[night] ?? []
  const start = Date.parse(`${date}T00:00:00Z`) + dayMs + 3 * 3_600_000 + at * 60_000
  const rows = Math.round(
    (200 + at * 90) * (weekdayOf(date) % 6 === 0 ? 0.5 : 1) * (1 + ((night * 7) % 13) / 60) * (night === 53 ? 3 : 1),
  )
  // One source of four is late in every fifth night.
  const lateMs = at % 4 === 1 && day % 5 === 0 ? 2 * dayMs : 0
  const run = (state: string, from: number): Run => ({
    run_id: randomUUID(),
    source,
    batch_date: date,
    status: state,
    started_at: new Date(from).toISOString(),
    ended_at: state === 'running' ? null : new Date(from + 20_000 + rows * 10).toISOString(),
    published_at: ['published', 'replaced'].includes(state) ? new Date(from + 19_000 + rows * 10).toISOString() : null,
    error_class: state === status ? error : null,
    error_message: error === null ? null : `Expected Qzvx in ${source}/20230501/Qzvx-file.csv, found none.`,
    attempts: night === retriedNight ? 2 : 1,
    night,
    rows,
    pin: night === pinnedNight ? 'rolled_back' : night === dismissedNight ? 'dismissed' : null,
  })
  if (night === replacedNight) return [run('replaced', start), run('published', start + 3_600_000)]
  return [run(status, start + lateMs)]
}

function tablesOf({ run_id, status, rows, night }: Run, tables: readonly string[]): readonly object[] {
  if (status === 'failed' || status === 'incomplete' || status === 'running') return []
  return tables.map((table_name, at) => {
    const candidates = Math.round(rows / (at + 1))
    const bad = status === 'refused' ? Math.round(candidates / 5) : night % 9 === 0 ? (night % 5) + 1 : 0
    return {
      run_id,
      table_name,
      state: status === 'published' ? 'published' : 'dropped',
      candidates,
      loaded: candidates - bad - 1,
      quarantined: bad,
      removed: { duplicate: 1 },
      quarantined_by: bad === 0 ? {} : { pattern: bad },
      dropped: night % 11 === 0 ? { 'birth_date.range': 1 } : {},
    }
  })
}

function filesOf({ run_id, rows, source, batch_date }: Run, inputs: readonly string[]): readonly object[] {
  return inputs.slice(0, 3).map(input => ({
    run_id,
    path: `${source}/${batch_date.replaceAll('-', '')}/Qzvx-${input}.csv`,
    input,
    bytes: rows * 80,
    sha256: run_id.replaceAll('-', '').repeat(2),
    records: rows,
  }))
}

interface Rows {
  readonly runs: readonly object[]
  readonly tables: readonly object[]
  readonly files: readonly object[]
}

async function write(session: Session, source: string, { runs, tables, files }: Rows): Promise<void> {
  await session.query(
    `insert into caseload.sources (source, transformer, class, zone, schedule, first_run_at)
     values ($1, split_part($1, '__', 1), 'Qzvx', 'UTC', 'daily', '2000-01-01')`,
    [source],
  )
  await session.query(
    `insert into caseload.runs (run_id, source, batch_date, status, started_at, ended_at, published_at, code_version, host,
       process_id, error_class, error_message, attempts, code_hash, contract_hash, engine_semantics, zone, external_id)
     select run_id, source, batch_date, status, started_at, ended_at, published_at, '0.1.0', 'qzvx-host', 1, error_class,
       error_message, attempts, "codeHash", "contractHash", "engineSemantics", zone, 'Qzvx external'
     from json_to_recordset($1) as r (run_id uuid, source text, batch_date date, status text, started_at timestamptz,
       ended_at timestamptz, published_at timestamptz, error_class text, error_message text, attempts integer, "codeHash" text,
       "contractHash" text, "engineSemantics" integer, zone text)`,
    [JSON.stringify(runs)],
  )
  await session.query(
    `insert into caseload.tables (run_id, table_name, state, candidates, loaded, quarantined, removed, quarantined_by, dropped)
     select run_id, table_name, state, candidates, loaded, quarantined, removed, quarantined_by, dropped
     from json_to_recordset($1) as t (run_id uuid, table_name text, state text, candidates bigint, loaded bigint,
       quarantined bigint, removed json, quarantined_by json, dropped json)`,
    [JSON.stringify(tables)],
  )
  await session.query(
    `insert into caseload.files (run_id, path, input, bytes, sha256, records)
     select run_id, path, input, bytes, sha256, records
     from json_to_recordset($1) as f (run_id uuid, path text, input text, bytes bigint, sha256 text, records bigint)`,
    [JSON.stringify(files)],
  )
  await session.query(
    `insert into caseload.checks (run_id, check_name, table_name, severity, outcome, checked_rows, bad_rows, detail)
     select t.run_id, c.name, t.table_name, 'warn', case when t.quarantined > 3 and c.name = 'row_count' then 'warn' else 'pass' end,
       t.loaded, 0, 'Qzvx detail'
     from caseload.tables as t
     join caseload.runs as r on r.run_id = t.run_id
     cross join (values ('row_count'), ('orphans_patients')) as c (name)
     where r.source = $1`,
    [source],
  )
  await session.query(
    `insert into caseload.attempts (run_id, attempt, failed_at, error_class, error_message, wait_ms)
     select run_id, 1, started_at + interval '5 s', 'TransientError', 'Qzvx', 1000
     from caseload.runs
     where source = $1 and attempts = 2`,
    [source],
  )
  await session.query(
    `insert into caseload.pins (source, batch_date, reason, kind, pinned_by)
     select source, batch_date, 'Qzvx reason', pin, 'qzvx-user@host'
     from json_to_recordset($1) as r (source text, batch_date date, pin text)
     where pin is not null`,
    [JSON.stringify(runs)],
  )
  await session.query(
    `update caseload.runs as r set status = 'rolled_back'
     from caseload.pins as p
     where p.source = r.source and p.batch_date = r.batch_date and p.kind = 'dismissed' and r.source = $1`,
    [source],
  )
}
