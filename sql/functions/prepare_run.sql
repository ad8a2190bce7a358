-- Makes the parents of a run's source below its tables, if they do not exist.
create or replace function caseload.prepare_run(p_run_id uuid, p_tables text[])
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  of_table text;
begin
  foreach of_table in array p_tables loop
    perform caseload.require_table(of_table);
    perform
      caseload.ensure_source_parent(of_table, r.source)
    from caseload.runs as r
    where r.run_id = p_run_id
      and r.status = 'running';
  end loop;
end
$$;
