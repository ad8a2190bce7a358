-- One row: whether this login may read the view mart.freshness; none where there is no such view.
select
  has_schema_privilege(n.oid, 'usage')
    and has_table_privilege(c.oid, 'select') as may_read
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n
  on n.oid = c.relnamespace
where n.nspname = 'mart'
  and c.relname = 'freshness'
