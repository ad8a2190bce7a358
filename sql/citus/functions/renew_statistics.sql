-- Analyzes one partitioned table of schema store with its leaves: of `analyze only`, which PostgreSQL 18 has, Citus 14 tells the shards
-- nothing.
create or replace function caseload.renew_statistics(p_table text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform caseload.require_table(p_table);
  execute format('analyze store.%I', p_table);
end
$$;
