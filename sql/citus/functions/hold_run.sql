-- True if the run is running, and then until the transaction ends: a session that declares the run dead waits in await_holders, so that
-- it finds what this transaction has written. Not FOR SHARE: on a table that is copied to every machine Citus takes two locks for it, which
-- two sessions that hold one run take from each other.
create or replace function caseload.hold_run(p_run_id uuid)
returns boolean
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_advisory_xact_lock_shared(hashtextextended('caseload/run/' || p_run_id, 0));
  perform
  from caseload.runs as r
  where r.run_id = p_run_id
    and r.status = 'running';
  return found;
end
$$;
