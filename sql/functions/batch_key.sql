-- The key of the advisory lock of one batch, which the session holds that will publish it.
create or replace function caseload.batch_key(p_source text, p_batch_date date)
returns bigint
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select hashtextextended('caseload/' || p_source || '/' || p_batch_date::text, 0)
$$;
