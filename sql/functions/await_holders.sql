-- Waits for the transactions that hold a run, see hold_run, before it is declared dead. Here their lock is on its row, so that the update of the
-- row waits. sql/citus/functions has another.
create or replace function caseload.await_holders(p_run_id uuid)
returns void
language plpgsql
set search_path = pg_catalog, pg_temp
as $$
begin
  return;
end
$$;
