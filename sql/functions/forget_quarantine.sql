-- Deletes the rejected rows of a running run, which reads its files again.
create or replace function caseload.forget_quarantine(p_run_id uuid)
returns void
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  delete from caseload.quarantine_rows as q
  using caseload.runs as r
  where q.run_id = p_run_id
    and r.run_id = q.run_id
    and r.status = 'running';
end
$$;
