-- Drops a staged leaf or a detached version of one batch that the ledger does not have, or has as dropped. False if a
-- run holds the batch or is `running`, or if the ledger or a parent has the table by now.
create or replace function caseload.gc_drop_stray(p_schema text, p_name text, p_source text, p_batch_date date)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_schema not in ('caseload_stage', 'caseload_kept') then
    raise exception 'expected schema caseload_stage or caseload_kept, found %', p_schema;
  end if;
  if not pg_try_advisory_xact_lock(caseload.batch_key(p_source, p_batch_date)) then
    return false;
  end if;
  if exists (
    select
    from caseload.runs as r
    where r.source = p_source
      and r.batch_date = p_batch_date
      and r.status = 'running'
  ) or exists (
    select
    from caseload.tables as t
    where t.leaf = p_name
      and t.state <> 'dropped'
  ) or exists (
    select
    from caseload.range_leaves as g
    where g.leaf = p_name
  ) or not exists (
    select
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = p_schema
      and c.relname = p_name
      and c.relkind = 'r'
      and not c.relispartition
  ) then
    return false;
  end if;
  execute format('drop table %I.%I', p_schema, p_name);
  return true;
end
$$;
