-- $1 source, $2 batch date. One row per published or kept version of the batch: the published one first, then the kept
-- ones, the newest first. A published batch without a file has no tables.
select
  r.run_id,
  r.status,
  r.published_at,
  coalesce(sum(t.loaded), 0)::bigint as rows
from caseload.runs as r
left join caseload.tables as t on t.run_id = r.run_id and t.state in ('published', 'kept')
where r.source = $1
  and r.batch_date = $2
  and (r.status = 'published' or (r.status = 'replaced' and t.state = 'kept'))
group by r.run_id
order by
  r.status,
  r.published_at desc,
  r.run_id
