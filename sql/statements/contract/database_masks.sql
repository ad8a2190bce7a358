-- One row: true if a published batch was masked when it was loaded.
select
  exists (
    select
    from caseload.runs as r
    where r.status = 'published'
      and caseload.is_masked(r.code_hash)
  ) as masks
