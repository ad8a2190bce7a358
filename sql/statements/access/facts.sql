-- $1 the owner's role, $2 all roles of the prefix. One row: what decides whether this login may make the roles.
select
  session_user::text as login,
  current_database()::text as database,
  me.rolsuper as is_superuser,
  me.rolsuper or me.rolcreaterole as may_create_roles,
  array_to_json(array(
    select
      r.rolname
    from pg_catalog.pg_roles as r
    where r.rolname = any ($2::text[])
  )) as there,
  (
    select
      pg_get_userbyid(n.nspowner)::text
    from pg_catalog.pg_namespace as n
    join pg_catalog.pg_roles as r on r.oid = n.nspowner
    where n.nspname = 'caseload'
      and n.nspowner is distinct from w.oid
      and not r.rolsuper
  ) as owner_before,
  coalesce(
    pg_has_role(me.oid, w.oid, 'usage')
    and pg_has_role(me.oid, w.oid, case when v.number >= 160000 then 'set' else 'member' end),
    false
  ) as may_act,
  coalesce(
    me.rolsuper
    or pg_has_role(me.oid, w.oid, 'member with admin option')
    or (v.number < 160000 and me.rolcreaterole),
    w.oid is null
  ) as may_join,
  coalesce(has_database_privilege(w.oid, current_database(), 'create'), false) as owner_may_make_schemas,
  has_database_privilege(me.oid, current_database(), 'create with grant option') as may_grant_schemas,
  v.number >= 160000 as has_options
from pg_catalog.pg_roles as me
cross join (select current_setting('server_version_num')::integer as number) as v
left join pg_catalog.pg_roles as w on w.rolname = $1
where me.rolname = session_user
