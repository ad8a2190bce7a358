-- Deletes rejected rows of runs that the ledger has no row of: a run is written down before its first rejected row, so
-- somebody deleted it.
create or replace function caseload.gc_drop_lost_rejects()
returns bigint
language plpgsql
as $$
declare
  deleted bigint;
begin
  delete from caseload.quarantine_rows as q
  where not exists (select from caseload.runs as r where r.run_id = q.run_id);
  get diagnostics deleted = row_count;
  return deleted;
end
$$;
