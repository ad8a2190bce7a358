-- One row per role that may read a view of schema mart and not what it reads: it loses the view when the view takes the rights of its
-- reader. The statement that lets it keep it.
select distinct
  g.role,
  format('grant select on mart.%I to %s', t.relname, g.role) as remedy
from pg_catalog.pg_class as v
join pg_catalog.pg_rewrite as w on w.ev_class = v.oid
join pg_catalog.pg_depend as d
  on d.objid = w.oid
  and d.classid = 'pg_rewrite'::regclass
  and d.refclassid = 'pg_class'::regclass
join pg_catalog.pg_class as t
  on t.oid = d.refobjid
  and t.relnamespace = v.relnamespace
  and t.oid <> v.oid
cross join lateral (
  select
    acl.grantee,
    case when acl.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end as role
  from aclexplode(v.relacl) as acl
  where acl.privilege_type = 'SELECT'
) as g
where v.relnamespace = to_regnamespace('mart')
  and v.relkind = 'v'
  and case
    when g.grantee = 0 then not exists (select from aclexplode(t.relacl) as acl where acl.grantee = 0 and acl.privilege_type = 'SELECT')
    else not has_table_privilege(g.grantee, t.oid, 'select')
  end
order by 1, 2
