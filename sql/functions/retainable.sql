-- What is older than the given ages and nothing needs, one row per run and kind. Null for an age: nothing of that kind.
-- `quarantine`: the rejected rows of a run that began so long ago. `kept`: a version that another one replaced so long ago, unless
-- its batch was rolled back or unpublished, and the pin needs what a rollback brings back. `run`: a run that began so long ago
-- and holds nothing: it is not published, kept or in the marts, has no rejected rows left, and is neither the newest of its
-- batch, which says what state the batch is in, nor the last publish of its source, which says what code and mask key it had.
create or replace function caseload.retainable(p_quarantine interval, p_kept interval, p_runs interval)
returns table (kind text, run_id uuid, source text, batch_date date)
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select
    'quarantine',
    r.run_id,
    r.source,
    r.batch_date
  from caseload.runs as r
  where r.status <> 'running'
    and r.started_at < now() - p_quarantine
    and exists (select from caseload.quarantine_rows as q where q.run_id = r.run_id)
  union all
  select
    'kept',
    r.run_id,
    r.source,
    r.batch_date
  from caseload.runs as r
  where r.status = 'replaced'
    and exists (select from caseload.tables as t where t.run_id = r.run_id and t.state = 'kept')
    and not exists (
      select
      from caseload.pins as p
      where p.source = r.source
        and p.batch_date = r.batch_date
        and p.kind <> 'dismissed'
    )
    and (
      select
        min(later.published_at)
      from caseload.runs as later
      where later.source = r.source
        and later.batch_date = r.batch_date
        and later.published_at > r.published_at
    ) < now() - p_kept
  union all
  select
    'run',
    r.run_id,
    r.source,
    r.batch_date
  from caseload.runs as r
  where r.status not in ('running', 'published')
    and r.started_at < now() - p_runs
    and not exists (select from caseload.tables as t where t.run_id = r.run_id and t.state <> 'dropped')
    and not exists (select from caseload.quarantine_rows as q where q.run_id = r.run_id)
    and not exists (select from caseload.mart_runs as m where m.run_id = r.run_id)
    and not exists (select from caseload.leases as l where l.run_id = r.run_id)
    and (
      r.status = 'planned'
      or r.compares
      or exists (
        select
        from caseload.runs as newer
        where newer.source = r.source
          and newer.batch_date = r.batch_date
          and newer.status <> 'planned'
          and not newer.compares
          and newer.started_at > r.started_at
      )
    )
    and (
      r.status <> 'replaced'
      or exists (
        select
        from caseload.runs as newer
        where newer.source = r.source
          and newer.status in ('published', 'replaced')
          and newer.code_hash is not null
          and newer.published_at > r.published_at
      )
    )
$$;
