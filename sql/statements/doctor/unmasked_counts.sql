-- One row: how much of the database was loaded unmasked.
select
  (
    select
      count(*)
    from caseload.runs as r
    where r.status = 'published'
      and not caseload.is_masked(r.code_hash)
  ) as published,
  (
    select
      count(distinct t.run_id)
    from caseload.tables as t
    join caseload.runs as r on r.run_id = t.run_id
    where t.state = 'kept'
      and not caseload.is_masked(r.code_hash)
  ) as kept,
  (
    select
      count(*)
    from caseload.quarantine_rows as q
    join caseload.runs as r on r.run_id = q.run_id
    where not caseload.is_masked(r.code_hash)
  ) as quarantined
