-- $1 names of Caseload's views. One row per other relation that reads one of them.
select distinct
  format('%I.%I', n.nspname, d.relname) as dependent,
  v.relname as view
from pg_catalog.pg_class as v
join pg_catalog.pg_depend as dep on dep.refobjid = v.oid and dep.refclassid = 'pg_class'::regclass
join pg_catalog.pg_rewrite as r on r.oid = dep.objid and dep.classid = 'pg_rewrite'::regclass
join pg_catalog.pg_class as d on d.oid = r.ev_class
join pg_catalog.pg_namespace as n on n.oid = d.relnamespace
where v.relnamespace = 'clinical'::regnamespace
  and v.relname = any ($1::text[])
  and not (d.relnamespace = 'clinical'::regnamespace and d.relname = any ($1::text[]))
order by 1, 2
