-- A new source needs no parent: its leaves are partitions of the table itself.
create or replace function caseload.ensure_source_parent(p_table text, p_source text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select p_table
$$;
