-- $1 a source, $2 patients. One row: the days of its published batches that name one of them, or that have no note.
-- `limit 1` asks run by run and stops at the first: `exists` reads all rows of the patients, 300 ms instead of 100 for 430 patients and 400 days.
select
  array_to_json(
    array(
      select
        r.batch_date::text
      from caseload.runs as r
      where r.source = $1
        and r.status = 'published'
        and (
          not exists (select from caseload.batch_notes as n where n.run_id = r.run_id)
          or (
            select
              true
            from caseload.batch_patients as p
            where p.run_id = r.run_id
              and p.patient_id = any ($2::text[])
            limit 1
          )
        )
      order by r.batch_date
    )
  ) as days
