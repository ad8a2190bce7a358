-- Analyzes one partitioned table of schema store. On PostgreSQL 18 without its leaves, which have had statistics since they were staged.
create or replace function caseload.renew_statistics(p_table text)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform caseload.require_table(p_table);
  execute format(
    'analyze %s store.%I',
    case when current_setting('server_version_num')::integer >= 180000 then 'only' else '' end,
    p_table
  );
end
$$;
