-- One row per partitioned table of Caseload, with the number of relations that a query over the whole table locks. From
-- pg_inherits, because pg_partition_tree would itself lock every partition.
with recursive tree as (
  select
    c.oid as root,
    c.oid as relation
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where n.nspname = 'store'
    and c.relkind = 'p'
    and not c.relispartition
  union all
  select
    t.root,
    i.inhrelid
  from tree as t
  join pg_catalog.pg_inherits as i on i.inhparent = t.relation
),
indexes as (
  select
    x.indrelid as relation,
    count(*) as number
  from pg_catalog.pg_index as x
  group by x.indrelid
)
select
  r.relname as table_name,
  count(*) filter (where c.relkind = 'r') as leaves,
  count(*) as relations,
  coalesce(sum(x.number), 0)::bigint as indexes,
  coalesce(max(x.number) filter (where t.relation = t.root), 0) as indexes_per_leaf
from tree as t
join pg_catalog.pg_class as r on r.oid = t.root
join pg_catalog.pg_class as c on c.oid = t.relation
left join indexes as x on x.relation = t.relation
group by r.relname
order by r.relname
