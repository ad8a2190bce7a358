-- True if the table exists in the snapshot of the calling statement.
create or replace function caseload.is_table(p_schema text, p_name text)
returns boolean
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  select exists (
    select
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname = p_schema
      and c.relname = p_name
  )
$$;
