-- $1 source, $2 batch date, $3 a moment of the server's clock. One row if a run that began after that moment has
-- published the batch, or a rollback restored a version since.
select
  r.run_id
from caseload.runs as r
where r.source = $1
  and r.batch_date = $2
  and r.status = 'published'
  and (
    r.started_at >= $3::timestamptz
    or exists (
      select
      from caseload.pins as h
      where h.source = r.source
        and h.batch_date = r.batch_date
        and h.pinned_at >= $3::timestamptz
    )
  )
