-- One row per relation that a view of any schema reads, as far as this role may see it: only where the view, or what it reads,
-- is Caseload's. Partitions are left out.
select distinct
  vn.nspname as view_schema,
  v.relname as view_name,
  rn.nspname as schema_name,
  r.relname as relation_name
from pg_catalog.pg_depend as d
join pg_catalog.pg_rewrite as w on w.oid = d.objid
join pg_catalog.pg_class as v on v.oid = w.ev_class
join pg_catalog.pg_namespace as vn on vn.oid = v.relnamespace
join pg_catalog.pg_class as r on r.oid = d.refobjid
join pg_catalog.pg_namespace as rn on rn.oid = r.relnamespace
where d.classid = 'pg_catalog.pg_rewrite'::regclass
  and d.refclassid = 'pg_catalog.pg_class'::regclass
  and v.oid <> r.oid
  and v.relkind in ('v', 'm')
  and not r.relispartition
  and rn.nspname in ('store', 'clinical', 'mart', 'caseload')
  and vn.nspname <> 'caseload'
order by
  vn.nspname,
  v.relname,
  rn.nspname,
  r.relname
