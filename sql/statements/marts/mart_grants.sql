-- $1 a mart. One row per grant on it: the statement that grants it again. Without the owner's own grants.
select
  format(
    'grant %s on mart.%I to %s%s',
    acl.privilege_type,
    c.relname,
    case when acl.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
    case when acl.is_grantable then ' with grant option' else '' end
  ) as statement
from pg_catalog.pg_class as c
cross join lateral aclexplode(c.relacl) as acl
where c.oid = to_regclass(format('mart.%I', $1::text))
  and acl.grantee <> c.relowner
