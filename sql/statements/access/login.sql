-- $1 a login. One row: whether it exists, and who owns the ledger.
select
  pg_get_userbyid(n.nspowner)::text as owner,
  exists (select from pg_catalog.pg_roles as r where r.rolname = $1) as exists
from pg_catalog.pg_namespace as n
where n.nspname = 'caseload'
