-- One row per relation that holds the clinical parts, in schemas mart and clinical, and whether this role may read it.
select
  n.nspname as schema_name,
  c.relname as relation_name,
  has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select') as may_read
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname in ('clinical', 'mart')
  and c.relname in ('readmission_summary', 'medicine_per_patient')
order by
  n.nspname,
  c.relname
