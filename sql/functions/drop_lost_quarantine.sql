-- Deletes rejected rows of runs that are not in the ledger, and returns how many. A run is recorded before its first rejected row, so a
-- user deleted its row.
create or replace function caseload.drop_lost_quarantine()
returns bigint
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  lost uuid[];
  deleted bigint;
begin
  lost := array(
    select distinct
      q.run_id
    from caseload.quarantine_rows as q
    where not exists (select from caseload.runs as r where r.run_id = q.run_id)
  );
  delete from caseload.quarantine_rows as q
  where q.run_id = any (lost);
  get diagnostics deleted = row_count;
  return deleted;
end
$$;
