-- $1 source, $2 batch date. One row per version of the batch that is published or kept, the published one first, then the
-- kept ones, the newest first.
select
  r.run_id,
  r.status,
  r.published_at,
  sum(t.loaded)::bigint as rows
from caseload.runs as r
join caseload.tables as t on t.run_id = r.run_id
where r.source = $1
  and r.batch_date = $2
  and (r.status, t.state) in (('published', 'published'), ('replaced', 'kept'))
group by r.run_id
order by
  r.status,
  r.published_at desc,
  r.run_id
