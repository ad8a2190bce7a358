-- $1 source, $2 batch date. One row per table of the published batch; leaf is null where no row was loaded;
-- is_range where it holds other days too.
select
  r.run_id,
  t.table_name,
  t.leaf,
  exists (select from caseload.range_leaves as g where g.leaf = t.leaf) as is_range,
  t.loaded,
  t.warned
from caseload.runs as r
join caseload.tables as t on t.run_id = r.run_id
where r.source = $1
  and r.batch_date = $2
  and r.status = 'published'
order by t.table_name
