-- One row per table in the schemas of staged leaves and detached versions that is not in the ledger. A leaf has the
-- source and the date of its batch as defaults; `known` is the ledger's state of a table of that name.
select
  n.nspname as schema,
  c.relname as name,
  substring(pg_get_expr(s.adbin, s.adrelid) from '^''([a-z0-9_]+)''::text$') as source,
  substring(pg_get_expr(d.adbin, d.adrelid) from '^''([0-9]{4}-[0-9]{2}-[0-9]{2})''::date$') as batch_date,
  (
    select
      max(t.state)
    from caseload.tables as t
    where t.leaf = c.relname
      and t.state <> 'dropped'
  ) as known
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
left join pg_catalog.pg_attribute as source
  on source.attrelid = c.oid and source.attname = 'source' and not source.attisdropped
left join pg_catalog.pg_attrdef as s on s.adrelid = c.oid and s.adnum = source.attnum
left join pg_catalog.pg_attribute as batch_date
  on batch_date.attrelid = c.oid and batch_date.attname = 'batch_date' and not batch_date.attisdropped
left join pg_catalog.pg_attrdef as d on d.adrelid = c.oid and d.adnum = batch_date.attnum
where n.nspname in ('caseload_stage', 'caseload_kept')
  and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and not exists (
    select
    from caseload.tables as t
    where t.leaf = c.relname
      and t.state = case n.nspname when 'caseload_stage' then 'staged' else 'kept' end
  )
  and not exists (
    select
    from caseload.range_leaves as g
    where g.leaf = c.relname
      and g.state = 'staged'
      and n.nspname = 'caseload_stage'
  )
order by
  1,
  2
