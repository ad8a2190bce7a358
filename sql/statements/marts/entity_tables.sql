-- One row per source: its tables whose rows are entities.
select
  source,
  json_agg(table_name) as tables
from caseload.deliveries
where children = 'entity'
group by source
