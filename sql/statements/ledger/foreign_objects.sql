-- One row per object of any kind in a schema with a name of Caseload's, in a database without a ledger: another
-- application owns all of them.
select
  n.nspname::text as schema,
  i.type || ' ' || i.identity as what
from pg_catalog.pg_depend as d
join pg_catalog.pg_namespace as n on n.oid = d.refobjid
cross join lateral pg_identify_object(d.classid, d.objid, d.objsubid) as i
where d.refclassid = 'pg_namespace'::regclass
  and d.deptype = 'n'
  and n.nspname in ('store', 'clinical', 'caseload', 'caseload_stage', 'caseload_kept')
order by
  1,
  2
