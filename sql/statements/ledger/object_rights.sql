-- One row per object of Caseload (a schema, a table without its leaves, a view, a sequence, a function), and per other object
-- whose name occurs in a text ($1, null for none), with what the session's role may do with it. `may_write` is what a run
-- needs: it attaches and detaches leaves, which only the owner of a table may do.
with
  ours (name) as (
    values
      ('store'),
      ('clinical'),
      ('caseload'),
      ('caseload_stage'),
      ('caseload_kept')
  )
select
  'schema' as kind,
  n.nspname::text as schema,
  n.nspname::text as name,
  pg_get_userbyid(n.nspowner)::text as owner,
  pg_has_role(n.nspowner, 'usage') as is_ours,
  has_schema_privilege(n.oid, 'usage') as may_read,
  has_schema_privilege(n.oid, 'usage') and has_schema_privilege(n.oid, 'create') as may_write
from pg_catalog.pg_namespace as n
where n.nspname in (select o.name from ours as o)
  or (strpos($1, n.nspname) > 0 and n.nspname !~ '^pg_')
union all
select
  case
    when c.relkind = 'S' then 'sequence'
    when c.relkind in ('v', 'm') then 'view'
    else 'table'
  end,
  n.nspname::text,
  c.relname::text,
  pg_get_userbyid(c.relowner)::text,
  pg_has_role(c.relowner, 'usage'),
  case
    when c.relkind = 'S' then has_sequence_privilege(c.oid, 'usage')
    else has_table_privilege(c.oid, 'select')
  end,
  case
    when c.relkind = 'S' then has_sequence_privilege(c.oid, 'usage')
    when c.relkind in ('v', 'm') then has_table_privilege(c.oid, 'select')
    else pg_has_role(c.relowner, 'usage')
      and has_table_privilege(c.oid, 'select')
      and has_table_privilege(c.oid, 'insert')
      and has_table_privilege(c.oid, 'update')
      and has_table_privilege(c.oid, 'delete')
  end
from pg_catalog.pg_class as c
join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f')
  and not c.relispartition
  and (n.nspname in ('store', 'clinical', 'caseload') or strpos($1, c.relname) > 0)
union all
select
  'function',
  n.nspname::text,
  p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
  pg_get_userbyid(p.proowner)::text,
  pg_has_role(p.proowner, 'usage'),
  has_function_privilege(p.oid, 'execute'),
  has_function_privilege(p.oid, 'execute')
from pg_catalog.pg_proc as p
join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
where p.prokind in ('f', 'p')
  and (n.nspname = 'caseload' or (strpos($1, p.proname) > 0 and not has_function_privilege(p.oid, 'execute')))
order by 1, 2, 3
