-- $1 source, $2 transformer, $3 class, $4 zone, $5 schedule, $6 due, $7 days of lag, $8 its tables as a JSON array of
-- {"table", "delivery", "children"}. Records what the source declares; one row per table.
-- The join with `registered` records the source first: each delivery refers to it.
with registered as (
  insert into caseload.sources (
    source,
    transformer,
    class,
    zone,
    schedule,
    due,
    lag_days
  )
  values (
    $1,
    $2,
    $3,
    $4,
    $5,
    $6,
    $7
  )
  on conflict (source) do update
  set
    transformer = excluded.transformer,
    class = excluded.class,
    zone = excluded.zone,
    schedule = excluded.schedule,
    due = excluded.due,
    lag_days = excluded.lag_days
  returning source
),
declared as (
  select
    d."table" as table_name,
    d.delivery,
    d.children
  from json_to_recordset($8) as d (
    "table" text,
    delivery text,
    children text
  )
),
forgotten as (
  delete from caseload.deliveries as old
  using registered as r
  where old.source = r.source
    and not exists (select from declared as d where d.table_name = old.table_name)
)
insert into caseload.deliveries (
  source,
  table_name,
  delivery,
  children
)
select
  r.source,
  d.table_name,
  d.delivery,
  d.children
from registered as r
cross join declared as d
on conflict (source, table_name) do update
set
  delivery = excluded.delivery,
  children = excluded.children
