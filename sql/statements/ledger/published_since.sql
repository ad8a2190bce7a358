-- $1 source, $2 batch date, $3 a moment of the server's clock. One row, in words, if a run that began after that moment has
-- published the batch, or a rollback restored a version since, or the batch was unpublished or dismissed since.
select
  'published or put back meanwhile: run ' || r.run_id as what
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
union all
select
  caseload.pin_reason(p.kind, p.reason, p.pinned_by, p.pinned_at)
from caseload.pins as p
where p.source = $1
  and p.batch_date = $2
  and p.pinned_at >= $3::timestamptz
  and p.kind <> 'rolled_back'
limit 1
