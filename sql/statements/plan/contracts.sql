-- $1 the published run, $2 the run that compares. One row per table of either: its contract in each run, null where the
-- source does not fill the table; no row if one of the runs did not record its contracts.
with definitions as (
  select
    r.run_id,
    c.table_name,
    c.definition
  from caseload.runs as r
  join caseload.contracts as c on c.contract_hash = r.contract_hash
  where r.run_id in ($1, $2)
)
select
  coalesce(a.table_name, b.table_name) as table_name,
  b.definition as before,
  a.definition as after
from (select table_name, definition from definitions where run_id = $1) as b
full join (select table_name, definition from definitions where run_id = $2) as a
  on a.table_name = b.table_name
where (select count(distinct run_id) from definitions) = 2
order by 1
