-- $1 roles. One row per role that the login may not take with SET ROLE.
select
  session_user::text as login,
  r.rolname::text as role
from pg_catalog.pg_roles as r
where r.rolname = any ($1::text[])
  and not pg_has_role(
    session_user,
    r.oid,
    case when current_setting('server_version_num')::integer >= 160000 then 'set' else 'member' end
  )
order by 2
