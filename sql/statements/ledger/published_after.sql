-- $1 source, $2 batch date, $3 a moment of the server's clock. One row, if what readers see of the batch was published or
-- put back after that moment, whenever its run began.
select
  r.run_id
from caseload.runs as r
where r.source = $1
  and r.batch_date = $2
  and r.status = 'published'
  and r.published_at >= $3::timestamptz
