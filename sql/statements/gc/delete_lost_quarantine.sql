-- Deletes rejected rows of runs that the ledger has no row of: a run is written down before its first rejected row, so
-- somebody deleted it.
delete from caseload.quarantine_rows as q
where not exists (select from caseload.runs as r where r.run_id = q.run_id)
