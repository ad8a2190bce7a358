-- The bounds of a leaf below its source's parent: the days from p_from to before p_to. sql/citus/functions has another.
create or replace function caseload.partition_bounds(p_source text, p_from date, p_to date)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select format('for values from (%L) to (%L)', p_from, p_to)
$$;
