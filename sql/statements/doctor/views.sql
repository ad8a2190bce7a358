-- One row per view of Caseload and partitioned table that it reads, directly or through other views.
with recursive reads as (
  select
    v.oid as view,
    d.refobjid as relation
  from pg_catalog.pg_class as v
  join pg_catalog.pg_namespace as n on n.oid = v.relnamespace
  join pg_catalog.pg_rewrite as r on r.ev_class = v.oid
  join pg_catalog.pg_depend as d
    on d.classid = 'pg_catalog.pg_rewrite'::regclass
    and d.objid = r.oid
    and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.refobjid <> v.oid
  where n.nspname = 'clinical'
    and v.relkind = 'v'
  union
  select
    s.view,
    d.refobjid
  from reads as s
  join pg_catalog.pg_rewrite as r on r.ev_class = s.relation
  join pg_catalog.pg_depend as d
    on d.classid = 'pg_catalog.pg_rewrite'::regclass
    and d.objid = r.oid
    and d.refclassid = 'pg_catalog.pg_class'::regclass
    and d.refobjid <> s.relation
)
select
  v.relname as view_name,
  c.relname as table_name
from reads as s
join pg_catalog.pg_class as v on v.oid = s.view
join pg_catalog.pg_class as c on c.oid = s.relation
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = 'store'
  and c.relkind = 'p'
group by
  v.relname,
  c.relname
order by
  v.relname,
  c.relname
