-- Grain: one row per source and table with a published batch: how its deliveries are read. Reads caseload.published and
-- caseload.deliveries. newest_batch_date is the newest published batch of that table, also when it holds no row: under
-- delivery `full` an empty list means that every row is gone. children says whether diagnoses, procedures and treatments are read as a
-- part of their visit (document) or as rows of their own (entity).
create or replace view clinical.delivered_tables as
select
  p.source,
  p.table_name,
  coalesce(d.delivery, 'upsert') as delivery,
  p.newest_batch_date,
  coalesce(d.children, 'document') as children
from (
  select
    source,
    table_name,
    max(batch_date) as newest_batch_date
  from caseload.published
  group by source, table_name
) as p
left join caseload.deliveries as d
  on d.source = p.source
  and d.table_name = p.table_name;
