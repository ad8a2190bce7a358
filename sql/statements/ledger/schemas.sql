-- One row per schema of Caseload, existing or not, with what the role may do in it.
select
  s.name,
  pg_get_userbyid(n.nspowner)::text as owner,
  coalesce(pg_has_role(n.nspowner, 'usage'), false) as is_ours,
  coalesce(has_schema_privilege(n.oid, 'usage'), false) as may_use,
  coalesce(has_schema_privilege(n.oid, 'create'), false) as may_create
from (
  values
    ('store'),
    ('clinical'),
    ('caseload'),
    ('caseload_stage'),
    ('caseload_kept')
) as s (name)
left join pg_catalog.pg_namespace as n on n.nspname = s.name
order by s.name
