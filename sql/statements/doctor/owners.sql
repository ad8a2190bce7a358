-- One row per role, other than the session's, that owns tables or functions in Caseload's schemas, with their numbers;
-- `forbidden` counts the functions that the session's role may not call.
select
  pg_get_userbyid(o.owner)::text as owner,
  count(*) filter (where o.kind = 'table') as tables,
  count(*) filter (where o.kind = 'function') as functions,
  count(*) filter (where o.forbidden) as forbidden
from (
  select
    c.relowner as owner,
    'table' as kind,
    false as forbidden
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  where (
      n.nspname in ('store', 'caseload', 'caseload_stage', 'caseload_kept')
      or (n.nspname in ('mart', 'caseload_marts') and to_regnamespace('caseload_marts') is not null)
    )
    and c.relkind in ('r', 'p')
  union all
  select
    p.proowner,
    'function',
    not has_function_privilege(p.oid, 'execute')
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
  where n.nspname = 'caseload'
) as o
where not pg_has_role(o.owner, 'usage')
  or o.forbidden
group by o.owner
order by 1
