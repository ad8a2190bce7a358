-- $1 names of views. One row per grant on one of them: the statement that grants it again. Without the owner's own
-- grants, which come with the view.
select
  format(
    'grant %s%s on clinical.%I to %s%s',
    g.privilege_type,
    case when g.attname is null then '' else format(' (%I)', g.attname) end,
    g.relname,
    case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end,
    case when g.is_grantable then ' with grant option' else '' end
  ) as statement
from (
  select
    c.relname,
    c.relowner,
    null::name as attname,
    acl.grantee,
    acl.privilege_type,
    acl.is_grantable
  from pg_catalog.pg_class as c
  cross join lateral aclexplode(c.relacl) as acl
  where c.relnamespace = 'clinical'::regnamespace
    and c.relname = any ($1::text[])
  union all
  select
    c.relname,
    c.relowner,
    a.attname,
    acl.grantee,
    acl.privilege_type,
    acl.is_grantable
  from pg_catalog.pg_class as c
  join pg_catalog.pg_attribute as a on a.attrelid = c.oid
  cross join lateral aclexplode(a.attacl) as acl
  where c.relnamespace = 'clinical'::regnamespace
    and c.relname = any ($1::text[])
) as g
where g.grantee <> g.relowner
