import { readdirSync } from 'node:fs'
import type { Session } from '../../../pipelines/platform/postgres.ts'
import { rowsOf, withSession } from '../../helpers/database.ts'
import { disorder } from '../../operate/compact/batches.ts'
import { tables } from './operations-seen.ts'

/** Where leaves lie, by what the ledger says of them. */
const places = `
  select
    n.nspname as place,
    c.relname as leaf
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.relkind = 'r'
    and (
      n.nspname in ('caseload_stage', 'caseload_kept')
      or (n.nspname = 'store' and exists (select from pg_catalog.pg_inherits as i where i.inhrelid = c.oid))
    )`

const ledger = `
  select distinct
    case t.state
      when 'staged' then 'caseload_stage'
      when 'kept' then 'caseload_kept'
      else 'store'
    end as place,
    t.leaf
  from caseload.tables as t
  where t.leaf is not null
    and t.state <> 'dropped'
  union
  select
    'caseload_stage' as place,
    g.leaf
  from caseload.range_leaves as g
  where g.state = 'staged'`

/** One snapshot: whatever is being done to them, the tables there are and the ledger change together. */
const disagreement = `
  with places as (${places}), ledger as (${ledger})
  select 'not in the ledger: ' || place || '.' || leaf as what
  from (select * from places except select * from ledger) as unknown
  union all
  select 'in the ledger, and not there: ' || place || '.' || leaf
  from (select * from ledger except select * from places) as missing
  union all
  select count(*) filter (where r.status = 'published') || ' published runs of ' || r.source || ' ' || r.batch_date
  from caseload.runs as r
  group by r.source, r.batch_date
  having count(*) filter (where r.status = 'published')
    <> (count(*) filter (where r.status in ('published', 'replaced', 'rolled_back')) > 0)::integer
  union all
  select 'a ' || r.status || ' run with a ' || t.state || ' table: ' || r.run_id || ' ' || t.table_name
  from caseload.runs as r
  join caseload.tables as t on t.run_id = r.run_id
  where (r.status = 'published') <> (t.state = 'published')
    or (t.state = 'kept' and r.status <> 'replaced')
  union all
  select 'a range that no published table names: ' || g.leaf
  from caseload.range_leaves as g
  where g.state = 'published'
    and not exists (select from caseload.tables as t where t.leaf = g.leaf and t.state = 'published')`

/** What should not be at any moment: a ledger and tables that say two things. */
export async function disagreements(session: Session): Promise<readonly string[]> {
  const { rows } = await session.query<{ what: string }>(disagreement)
  return rows.map(({ what }) => what)
}

/** What should not be once nothing runs and garbage was collected; $1 how many versions of a batch may be kept. */
const unsettled = `
  select 'running: ' || run_id as what
  from caseload.runs
  where status = 'running'
  union all
  select 'staged in the ledger: ' || coalesce(leaf, table_name)
  from caseload.tables
  where state = 'staged'
  union all
  select count(distinct t.run_id) || ' kept versions of ' || r.source || ' ' || r.batch_date
  from caseload.tables as t
  join caseload.runs as r on r.run_id = t.run_id
  where t.state = 'kept'
  group by r.source, r.batch_date
  having count(distinct t.run_id) > $1
  union all
  select r.source || ' ' || r.batch_date || ' ' || t.table_name || ': ' || t.loaded || ' loaded, ' || coalesce(s.rows, 0) || ' there'
  from caseload.tables as t
  join caseload.runs as r on r.run_id = t.run_id
  left join (
    ${tables
      .map(
        table => `
    select '${table}' as table_name, source, batch_date, tableoid::regclass::text as leaf, count(*) as rows
    from store.${table} group by source, batch_date, tableoid`,
      )
      .join('\n    union all')}
  ) as s on s.table_name = t.table_name and s.source = r.source and s.batch_date = r.batch_date
  where t.state = 'published'
    and (t.loaded <> coalesce(s.rows, 0) or 'store.' || t.leaf <> s.leaf and t.leaf <> s.leaf)
  union all
  select r.source || ' ' || r.batch_date || ' ' || t.table_name || ': ' || t.quarantined || ' quarantined, ' || count(q.run_id) || ' there'
  from caseload.tables as t
  join caseload.runs as r on r.run_id = t.run_id
  left join caseload.quarantine as q on q.run_id = t.run_id and q.table_name = t.table_name and q.state = 'open'
  where t.state = 'published'
  group by r.source, r.batch_date, t.table_name, t.quarantined
  having count(q.run_id) <> t.quarantined
  union all
  select 'rejected rows of a run that shows nowhere: ' || q.run_id
  from caseload.quarantine_rows as q
  left join caseload.runs as r on r.run_id = q.run_id
  where r.status in ('published', 'refused') is not true
    and not exists (select from caseload.tables as t where t.run_id = q.run_id and t.state = 'kept')
  union all
  select 'attached, with the constraint of a staged leaf: ' || c.conrelid::regclass
  from pg_catalog.pg_constraint as c
  join pg_catalog.pg_inherits as i on i.inhrelid = c.conrelid
  where c.conname = 'caseload_bounds'
  union all
  select 'an advisory lock is held'
  from pg_catalog.pg_locks as l
  join pg_catalog.pg_database as d on d.oid = l.database
  where l.locktype = 'advisory'
    and d.datname = current_database()`

/**
 * What should not be once nothing runs and garbage was collected, and what should never be.
 *
 * @param work CASELOAD_WORK
 * @param keep CASELOAD_KEEP
 */
export async function untidy(url: string, work: string, keep: number): Promise<readonly unknown[]> {
  const rows = await rowsOf(url, unsettled, [keep])
  return [
    ...(await withSession(url, disagreements)),
    ...(await disorder(url)),
    ...rows.map(row => row['what']),
    ...readdirSync(work).map(folder => `work folder ${folder}`),
  ]
}
