-- $1 name of a view of schema clinical. One row per table of schema store that it reads.
select distinct
  t.relname as name
from pg_catalog.pg_class as v
join pg_catalog.pg_rewrite as r on r.ev_class = v.oid
join pg_catalog.pg_depend as d
  on d.objid = r.oid
  and d.classid = 'pg_rewrite'::regclass
  and d.refclassid = 'pg_class'::regclass
join pg_catalog.pg_class as t on t.oid = d.refobjid
where v.relnamespace = 'clinical'::regnamespace
  and v.relname = $1
  and t.relnamespace = 'store'::regnamespace
