-- $1 source, $2 batch date, $3 a moment of the server's clock. One row if the version that readers see was published or
-- restored after that moment, whenever its run began.
select
  'published or put back meanwhile: run ' || r.run_id as what
from caseload.runs as r
where r.source = $1
  and r.batch_date = $2
  and r.status = 'published'
  and r.published_at >= $3::timestamptz
