-- Deletes rejected rows of runs that are not in the ledger. A run is recorded before its first rejected row, so a user
-- deleted its row.
delete from caseload.quarantine_rows as q
where not exists (select from caseload.runs as r where r.run_id = q.run_id)
