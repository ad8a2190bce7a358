-- The bounds of a leaf in its table, which has no parent per source: these days of the source.
create or replace function caseload.partition_bounds(p_source text, p_from date, p_to date)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select format('for values from (%1$L, %2$L) to (%1$L, %3$L)', p_source, p_from, p_to)
$$;
