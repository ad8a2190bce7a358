-- $1 the run that is published, $2 the run that compares. One row per table of either: the contract each was made under,
-- null where the source does not fill the table; no row where one of the two did not write its contracts down.
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
