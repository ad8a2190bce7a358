-- One row: whether the session acts as the owner of the ledger or a member of it, and the roles of this database whose rights it has.
select
  pg_has_role(n.nspowner, 'usage') as is_owner,
  array_to_json(array(
    select
      r.role
    from unnest(array['loader', 'operator']) as r (role)
    join pg_catalog.pg_roles as m on m.rolname = regexp_replace(pg_get_userbyid(n.nspowner)::text, '_owner$', '_' || r.role)
    where pg_has_role(m.oid, 'usage')
  )) as roles
from pg_catalog.pg_namespace as n
where n.nspname = 'caseload'
  and has_schema_privilege(n.oid, 'usage')
