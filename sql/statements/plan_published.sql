-- $1 source, $2 batch date. One row per table of the run that is published of the batch, with what its files held; no
-- row where nothing is. A run without tables would be one row without a table's name.
select
  r.run_id,
  r.published_at,
  r.contract_hash,
  t.table_name,
  t.quarantined_by,
  t.removed,
  coalesce(f.records, 0) as records,
  coalesce(f.quarantined, 0) as records_quarantined
from caseload.runs as r
left join caseload.tables as t
  on t.run_id = r.run_id
  and t.state = 'published'
left join lateral (
  select
    sum(f.records)::bigint as records,
    sum(f.quarantined)::bigint as quarantined
  from caseload.files as f
  where f.run_id = r.run_id
) as f on true
where r.source = $1
  and r.batch_date = $2
  and r.status = 'published'
order by t.table_name
