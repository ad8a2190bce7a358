-- Grain: one row per schema of Caseload and role that may create objects in it (`public` for every role), except roles with
-- at least the rights of this one, and those that every user of the tables trusts: this role and its members, superusers, the
-- owner of the database, the owner of the ledger's schema. A schema of the name mart that another role owns than the ledger is
-- somebody else's.
select
  n.nspname::text as schema,
  coalesce(r.rolname::text, 'public') as role
from pg_catalog.pg_namespace as n
cross join lateral (
  select
    n.nspowner as grantee
  union
  select
    a.grantee
  from aclexplode(n.nspacl) as a
  where a.privilege_type = 'CREATE'
) as c
left join pg_catalog.pg_roles as r on r.oid = c.grantee
where (
    n.nspname in ('store', 'clinical', 'caseload', 'caseload_stage', 'caseload_kept', 'caseload_queue')
    or (
      n.nspname = 'mart'
      and n.nspowner = (select l.nspowner from pg_catalog.pg_namespace as l where l.nspname = 'caseload')
    )
  )
  and case
    when c.grantee = 0 then true
    else not (
      r.rolname = current_user
      or r.rolsuper
      or r.rolname = 'pg_database_owner'
      or c.grantee = (select d.datdba from pg_catalog.pg_database as d where d.datname = current_database())
      or c.grantee = (select l.nspowner from pg_catalog.pg_namespace as l where l.nspname = 'caseload')
      or pg_has_role(c.grantee, current_user, 'member')
    )
  end
order by
  1,
  2
