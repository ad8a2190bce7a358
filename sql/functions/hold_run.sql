-- True if the run is running, and then until the transaction ends: FOR SHARE makes a session that declares the run dead wait, so
-- that it finds what this transaction has written.
create or replace function caseload.hold_run(p_run_id uuid)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform
  from caseload.runs as r
  where r.run_id = p_run_id
    and r.status = 'running'
  for share;
  return found;
end
$$;
