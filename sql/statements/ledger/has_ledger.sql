-- One row: whether the database has a ledger. A table of another application may have its name, but not its columns.
select
  count(*) = 3 as there
from pg_catalog.pg_attribute as a
join pg_catalog.pg_class as c on c.oid = a.attrelid
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where n.nspname = 'caseload'
  and c.relname = 'schema_state'
  and c.relkind = 'r'
  and a.attname in ('only_row', 'version', 'fingerprint')
  and not a.attisdropped
