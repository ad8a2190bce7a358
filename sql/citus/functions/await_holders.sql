-- Waits for the transactions that hold a run, see hold_run, before it is declared dead, and keeps new ones out until the transaction ends.
create or replace function caseload.await_holders(p_run_id uuid)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('caseload/run/' || p_run_id, 0));
end
$$;
