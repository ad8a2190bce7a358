-- The parent of the leaves of one source is the table itself: Citus has no partitions of partitions.
create or replace function caseload.source_parent(p_table text, p_source text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select p_table
$$;
