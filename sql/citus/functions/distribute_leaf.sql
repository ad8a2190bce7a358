-- Distributes a new, empty leaf like its table: only then Citus attaches it.
create or replace function caseload.distribute_leaf(p_table text, p_leaf text)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
declare
  distribution_column text;
begin
  select
    a.attname
  into distribution_column
  from pg_catalog.pg_index as i
  join pg_catalog.pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
  where i.indrelid = format('store.%I', p_table)::regclass
    and i.indisprimary;
  perform create_distributed_table(
    format('caseload_stage.%I', p_leaf)::regclass,
    distribution_column,
    colocate_with => format('store.%I', p_table)
  );
end
$$;
