-- True while a session holds the advisory lock of the batch, that is, while its run is alive.
create or replace function caseload.batch_is_locked(p_source text, p_batch_date date)
returns boolean
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select
    from pg_catalog.pg_locks as l
    where l.locktype = 'advisory'
      and l.granted
      and l.objsubid = 1
      and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
      and ((l.classid::bigint << 32) | l.objid::bigint) = caseload.batch_key(p_source, p_batch_date)
  )
$$;
