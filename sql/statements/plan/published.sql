-- $1 source, $2 batch date. One row per table of the published run, with the counts of its files; no row if nothing is
-- published.
select
  r.run_id,
  r.published_at,
  t.table_name,
  t.quarantined_by,
  t.removed,
  t.dropped,
  f.records,
  f.quarantined
from caseload.runs as r
join caseload.tables as t on t.run_id = r.run_id
cross join lateral (
  select
    coalesce(sum(f.records), 0)::bigint as records,
    coalesce(sum(f.quarantined), 0)::bigint as quarantined
  from caseload.files as f
  where f.run_id = r.run_id
) as f
where r.source = $1
  and r.batch_date = $2
  and r.status = 'published'
  and t.state = 'published'
order by t.table_name
