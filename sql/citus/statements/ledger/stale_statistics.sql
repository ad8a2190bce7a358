-- $1 source. One row per table of that source whose planner statistics are missing on a shard, or differ by a fifth from the published
-- number of rows. The table itself has none: Citus keeps no rows in it.
with counted as materialized (
  select
    p.table_name,
    sum(p.rows) as rows
  from caseload.published as p
  where exists (
    select
    from caseload.deliveries as d
    where d.source = $1
      and d.table_name = p.table_name
  )
  group by p.table_name
)
select
  c.table_name
from counted as c
cross join lateral (
  select
    sum(s.result::real) as rows,
    min(s.result::real) as fewest
  from run_command_on_shards(
    format('store.%I', c.table_name)::regclass,
    $$select reltuples from pg_catalog.pg_class where oid = '%s'::regclass$$
  ) as s
  where s.success
) as known
where known.fewest < 0
  or abs(c.rows - known.rows) > 0.2 * c.rows
order by c.table_name
