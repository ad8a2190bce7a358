-- One row per schema of Caseload and role that owns tables or functions in it, without roles that have all rights of the
-- session's role (see schema_creators.sql). Without views: users' views may be in clinical.
select
  o.schema,
  r.rolname::text as owner,
  count(*) filter (where o.kind = 'table') as tables,
  count(*) filter (where o.kind = 'function') as functions
from (
  select
    n.nspname::text as schema,
    n.nspowner as schema_owner,
    c.relowner as owner,
    'table' as kind
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'f', 'm')
  union all
  select
    n.nspname::text,
    n.nspowner,
    p.proowner,
    'function'
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
) as o
join pg_catalog.pg_roles as r on r.oid = o.owner
where (
    o.schema in ('store', 'clinical', 'caseload', 'caseload_stage', 'caseload_kept', 'caseload_queue')
    or (
      o.schema = 'mart'
      and o.schema_owner = (select l.nspowner from pg_catalog.pg_namespace as l where l.nspname = 'caseload')
    )
  )
  and not (
    r.rolname = current_user
    or r.rolsuper
    or o.owner = (select d.datdba from pg_catalog.pg_database as d where d.datname = current_database())
    or pg_has_role(o.owner, current_user, 'member')
  )
group by
  o.schema,
  r.rolname
order by
  1,
  2
