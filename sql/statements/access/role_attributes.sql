-- $1 roles. One row per role: what it may do besides its grants; a role of Caseload may do none of it.
select
  r.rolname as role,
  array_to_json(array_remove(array[
    case when r.rolsuper then 'superuser' end,
    case when r.rolcreaterole then 'createrole' end,
    case when r.rolcreatedb then 'createdb' end,
    case when r.rolbypassrls then 'bypassrls' end,
    case when r.rolreplication then 'replication' end,
    case when r.rolcanlogin then 'login' end
  ], null)) as attributes,
  array_to_json(array(
    select
      pg_get_userbyid(m.roleid)::text
    from pg_catalog.pg_auth_members as m
    where m.member = r.oid
    order by 1
  )) as member_of
from pg_catalog.pg_roles as r
where r.rolname = any ($1::text[])
order by 1
