import { randomUUID } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { leafName } from '../../../pipelines/source/batch.ts'
import { compact } from '../../../pipelines/operate/compact/compact.ts'
import type { MergedMonth } from '../../../pipelines/operate/compact/merge-month.ts'
import { copyIn } from '../../../pipelines/stage/copy/copy-in.ts'
import { copyOut } from '../../../pipelines/stage/copy/copy-out.ts'
import type { Log } from '../../../pipelines/platform/log.ts'
import { connect, type Session } from '../../../pipelines/platform/postgres.ts'
import { publishBatch, type PublishOptions } from '../../../pipelines/publish/publish-batch.ts'
import { quoteConstant, quoteIdent } from '../../../pipelines/platform/sql.ts'
import { rowsOf, withSession } from '../../helpers/database.ts'

/** The source whose months these tests merge. */
export const source = 'source_a'

/** How many rows a batch has in each table; a table that is not named has none, and no leaf. */
export type Delivery = Readonly<Partial<Record<Table, number>>>
type Table = (typeof tables)[number]

const tables = ['diagnoses', 'patients', 'visits'] as const

/** Columns of each table that have values, and the values of row n of a batch with a mark; some notes are long. */
const rowsOfTable: Readonly<Record<Table, { readonly columns: string; values(mark: string): string }>> = {
  diagnoses: {
    columns: 'patient_id, visit_id, diagnosis_no, diagnosis_description',
    values: mark => `'P' || n, 'V' || n, 1, ${mark} || n`,
  },
  patients: {
    columns: 'patient_id, name, birth_date',
    values: mark => `'P' || n, ${mark} || n, date '1950-01-01' + n`,
  },
  visits: {
    columns: 'patient_id, visit_id, reason, provider_notes_text, admitted_at',
    values: mark =>
      `'P' || n, 'V' || n, ${mark} || n, repeat('é' || n, n % 3000), timestamptz '2022-01-01' + n * interval '1 s'`,
  },
}

/** Stages rows as a run does, in its transaction: frozen, so that readers of every age see them once they are published. */
async function stageRows(
  session: Session,
  url: string,
  table: Table,
  leaf: string,
  date: string,
  select: string,
): Promise<void> {
  await session.query('select caseload.create_leaf($1, $2, $3, $4)', [table, leaf, source, date])
  await withSession(url, async reader => {
    const statement = `copy caseload_stage.${quoteIdent(leaf)} (${rowsOfTable[table].columns}) from stdin (freeze)`
    await copyIn(session, statement, copyOut(reader, `copy (${select}) to stdout`).chunks)
  })
  await session.query('select caseload.index_leaf($1, $2)', [table, leaf])
}

/** A log that keeps its warnings. */
export function quietLog(warnings: string[] = []): Log {
  return { info: () => undefined, warn: (_, message) => void warnings.push(message), error: () => undefined }
}

export const never: AbortSignal = new AbortController().signal

/** Opens sessions on a database. */
export const opener =
  (url: string) =>
  (applicationName: string): Promise<Session> =>
    connect({ url, applicationName })

/** Makes the source known, as its first run does. */
export async function knownSource(url: string): Promise<void> {
  await withSession(url, async session => {
    await session.query(
      `insert into caseload.sources (source, transformer, class, zone, schedule) values ($1, $1, 'A', 'UTC', 'daily')`,
      [source],
    )
    for (const table of tables) await session.query('select caseload.ensure_source_parent($1, $2)', [table, source])
  })
}

/** A run that has the lock of its batch and has staged it, up to the moment at which it publishes. */
export async function stagedRun(
  session: Session,
  url: string,
  date: string,
  delivery: Delivery,
  mark = 'old',
): Promise<{ readonly runId: string }> {
  const runId = randomUUID()
  const locked = await session.query<{ got: boolean }>(
    'select pg_try_advisory_lock(caseload.batch_key($1, $2)) as got',
    [source, date],
  )
  if (locked.rows[0]?.got !== true) throw new Error(`${date} is locked`)
  await session.query('select caseload.abort_dead_runs($1, $2)', [source, date])
  await session.query(
    `insert into caseload.runs (run_id, source, batch_date, code_version, host, process_id)
     values ($1, $2, $3, 'test', 'test', 1)`,
    [runId, source, date],
  )
  for (const table of tables) {
    const rows = delivery[table] ?? 0
    const leaf = leafName(table, { source, date }, runId)
    await session.query('begin')
    if (rows > 0) {
      const values = rowsOfTable[table].values(quoteConstant(mark))
      await stageRows(session, url, table, leaf, date, `select ${values} from generate_series(1, ${rows}) as n`)
    }
    await session.query(
      `insert into caseload.tables (run_id, table_name, leaf, candidates, loaded, quarantined, removed)
       values ($1, $2, $3, $4, $4, 0, '{}')`,
      [runId, table, rows > 0 ? leaf : null, rows],
    )
    await session.query('commit')
  }
  return { runId }
}

/** What publishing a staged run takes. */
export function publishing(url: string, date: string, runId: string): PublishOptions {
  const isPublished = (): Promise<boolean> => Promise.resolve(false)
  return { batch: { source, date }, runId, openSession: opener(url), isPublished, signal: never, log: quietLog() }
}

/** Runs one batch from its lock to its end. */
export async function run(url: string, date: string, delivery: Delivery, mark = 'old'): Promise<string> {
  return withSession(url, async session => {
    const { runId } = await stagedRun(session, url, date, delivery, mark)
    await publishBatch(session, publishing(url, date, runId))
    await session.query('select caseload.drop_kept_versions($1, $2, 1)', [source, date])
    return runId
  })
}

/** Merges the months that end before a day. */
export function merge(url: string, before: string): Promise<readonly MergedMonth[]> {
  return compact({ source, before, dryRun: false, openSession: opener(url), signal: never, log: quietLog() })
}

/** A hash of each batch's rows of each table, as readers see them; `visits 2022-12-01` and the like. */
export async function contents(session: Session): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  for (const table of tables) {
    const { rows } = await session.query<{ batch_date: string; rows: number; hash: string }>(
      `select batch_date, count(*) as rows, md5(string_agg(t::text, '' order by t::text collate "C")) as hash
       from store.${quoteIdent(table)} as t
       group by batch_date
       order by batch_date`,
    )
    for (const row of rows) found[`${table} ${row.batch_date}`] = `${row.rows} rows ${row.hash}`
  }
  return found
}

/** The same over a session of its own. */
export const seen = (url: string): Promise<Readonly<Record<string, string>>> => withSession(url, contents)

/** Entries of all days but these. */
export function without(
  all: Readonly<Record<string, string>>,
  ...days: readonly string[]
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(all).filter(([key]) => !days.some(day => key.endsWith(day))))
}

/** Partitions of the source's tables, as `visits from..to`, in order. */
export async function leavesOf(url: string): Promise<readonly string[]> {
  const rows = await rowsOf(
    url,
    `select
       p.relname || ' ' || array_to_string(
         regexp_match(pg_get_expr(c.relpartbound, c.oid), '(\\d{4}-\\d\\d-\\d\\d)''\\) TO \\(.*(\\d{4}-\\d\\d-\\d\\d)''\\)'), '..'
       ) as leaf
     from pg_catalog.pg_inherits as i
     join pg_catalog.pg_class as c on c.oid = i.inhrelid
     join pg_catalog.pg_class as p on p.oid = i.inhparent
     where c.relkind = 'r' and c.relispartition
     order by 1`,
  )
  return rows.map(row => String(row['leaf']).replace(`_${source}`, ''))
}

/** What should never be there: staged leaves, and a ledger that names other leaves than there are. */
export async function disorder(url: string): Promise<readonly unknown[]> {
  return rowsOf(
    url,
    `select 'staged ' || tablename as what from pg_catalog.pg_tables where schemaname = 'caseload_stage'
     union all
     select 'staged range ' || leaf from caseload.range_leaves where state = 'staged'
     union all
     select t.state || ' but not there: ' || t.leaf
     from caseload.tables as t
     where t.leaf is not null
       and t.state in ('published', 'kept')
       and not exists (
         select from pg_catalog.pg_tables as p
         where p.tablename = t.leaf
           and p.schemaname = case t.state when 'kept' then 'caseload_kept' else 'store' end
       )
     union all
     select 'nobody''s: ' || p.schemaname || '.' || p.tablename
     from pg_catalog.pg_tables as p
     join pg_catalog.pg_class as c on c.oid = format('%I.%I', p.schemaname, p.tablename)::regclass and c.relkind = 'r'
     where p.schemaname in ('store', 'caseload_kept')
       and not exists (select from caseload.tables as t where t.leaf = p.tablename and t.state in ('published', 'kept'))
     union all
     select 'a range of no leaf: ' || g.leaf
     from caseload.range_leaves as g
     where not exists (select from caseload.tables as t where t.leaf = g.leaf and t.state = 'published')`,
  )
}

/** A reader whose snapshot is older than whatever happens next, and who has read none of the tables yet. */
export async function olderReader(t: ExecutionContext, url: string): Promise<Session> {
  const session = await connect({ url, applicationName: 'caseload test reader' })
  t.teardown(() => session.end())
  await session.query('begin isolation level repeatable read')
  await session.query('select count(*) from pg_catalog.pg_am')
  return session
}
