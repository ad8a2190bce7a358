-- $1 the owner's role, $2 roles. One row per object in Caseload's schemas, or of the owner in any schema, and role: what the
-- catalogue grants to the role, directly, through PUBLIC or through another role; and the statements that try it. A privilege on
-- columns alone counts as one on the object.
with ours as (
  select
    n.oid,
    n.nspname::text as name,
    n.nspowner
  from pg_catalog.pg_namespace as n
  where n.nspname in ('store', 'clinical', 'caseload', 'caseload_stage', 'caseload_kept', 'caseload_queue')
    or (n.nspname = 'mart' and exists (select from caseload.mart_state))
    or (n.nspname = 'care' and exists (select from caseload.access where has_row_rights))
    or (n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and pg_get_userbyid(n.nspowner) = $1)
),
roles as (
  select
    r.oid,
    r.rolname::text as name
  from pg_catalog.pg_roles as r
  where r.rolname = any ($2::text[])
),
relations as (
  select
    c.oid,
    c.relkind,
    c.reltype,
    c.relname::text as name,
    o.name = 'mart'
      and (
        coalesce(c.reloptions @> array['security_invoker=true'], false)
        or (
          c.relrowsecurity
          and exists (
            select
            from pg_catalog.pg_policy as y
            where y.polrelid = c.oid
              and not y.polpermissive
              and starts_with(y.polname, 'care_rows')
          )
        )
      ) as filters_rows,
    o.oid as schema_oid,
    o.name as schema,
    format('%I.%I', o.name, c.relname) as identity,
    case
      when c.relkind in ('v', 'm') then 'view'
      when c.relispartition or o.name in ('caseload_stage', 'caseload_kept') then 'partition'
      else 'table'
    end as kind,
    o.name not in ('store', 'clinical')
      or exists (
        select
        from caseload.made as m
        where m.schema_name = o.name
          and m.object_name = coalesce(
            (select a.relname from pg_catalog.pg_class as a where a.oid = pg_partition_root(c.oid)),
            c.relname
          )
      ) as is_ours,
    (
      select
        quote_ident(a.attname)
      from pg_catalog.pg_attribute as a
      where a.attrelid = c.oid
        and a.attnum > 0
        and not a.attisdropped
        and a.attidentity = ''
        and a.attgenerated = ''
      order by a.attnum
      limit 1
    ) as any_column
  from pg_catalog.pg_class as c
  join ours as o on o.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
),
functions as (
  select
    p.oid,
    o.name as schema,
    o.oid as schema_oid,
    p.proname::text as name,
    p.oid::regprocedure::text as identity,
    (
      select
        -- Not a constant, with which the planner would answer without asking for the right.
        coalesce(string_agg(format('case n.one when 2 then null::%s end', format_type(a.type, null)), ', ' order by a.position), '')
      from unnest(p.proargtypes::oid[]) with ordinality as a (type, position)
    ) as arguments,
    p.prokind
  from pg_catalog.pg_proc as p
  join ours as o on o.oid = p.pronamespace
),
tried as (
  select
    1 as place,
    r.name as role,
    'schema' as kind,
    o.name as schema,
    o.name,
    quote_ident(o.name) as identity,
    true as is_ours,
    false as filters_rows,
    array_remove(array[
      case when has_schema_privilege(r.oid, o.oid, 'usage') then 'usage' end,
      case when has_schema_privilege(r.oid, o.oid, 'create') then 'create' end
    ], null) as granted,
    array['create'] as trials,
    array[format('create table %I.caseload_trial ()', o.name)] as statements,
    true as is_reachable
  from ours as o
  cross join roles as r
  union all
  select
    2,
    r.name,
    c.kind,
    c.schema,
    c.name,
    c.identity,
    c.is_ours,
    c.filters_rows,
    array(
      select
        lower(k.name)
      from unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) as k (name)
      where has_table_privilege(r.oid, c.oid, k.name)
        or (k.name in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') and has_any_column_privilege(r.oid, c.oid, k.name))
      union all
      select
        'maintain'
      where current_setting('server_version_num')::integer >= 170000
        and has_table_privilege(r.oid, c.oid, case when current_setting('server_version_num')::integer >= 170000 then 'MAINTAIN' else 'SELECT' end)
    ),
    case
      when c.any_column is null then array['select', 'delete']
      else array['select', 'delete', 'insert', 'update']
    end,
    -- PostgreSQL checks the rights of a subquery that it need not plan. With `limit 0` it plans each view over all partitions: 50 s for
    -- the views of 3,179 objects and one role, instead of 0.1 s.
    case
      when c.any_column is null then array[
        format('select * from (select * from %s offset 0) as n where false', c.identity),
        format('delete from %s where false', c.identity)
      ]
      else array[
        format('select * from (select * from %s offset 0) as n where false', c.identity),
        format('delete from %s where false', c.identity),
        format('insert into %1$s (%2$s) select null where false', c.identity, c.any_column),
        format('update %1$s set %2$s = null where false', c.identity, c.any_column)
      ]
    end,
    has_schema_privilege(r.oid, c.schema_oid, 'usage')
  from relations as c
  cross join roles as r
  union all
  select
    3,
    r.name,
    'sequence',
    o.name,
    c.relname::text,
    format('%I.%I', o.name, c.relname),
    true,
    false,
    array(
      select
        lower(k.name)
      from unnest(array['USAGE', 'SELECT', 'UPDATE']) as k (name)
      where has_sequence_privilege(r.oid, c.oid, k.name)
    ),
    '{}',
    '{}',
    has_schema_privilege(r.oid, o.oid, 'usage')
  from pg_catalog.pg_class as c
  join ours as o on o.oid = c.relnamespace
  cross join roles as r
  where c.relkind = 'S'
  union all
  select
    4,
    r.name,
    'type',
    o.name,
    t.typname::text,
    format('%I.%I', o.name, t.typname),
    true,
    false,
    array_remove(array[case when has_type_privilege(r.oid, t.oid, 'usage') then 'usage' end], null),
    '{}',
    '{}',
    has_schema_privilege(r.oid, o.oid, 'usage')
  from pg_catalog.pg_type as t
  join ours as o on o.oid = t.typnamespace
  left join pg_catalog.pg_class as c on c.oid = t.typrelid
  cross join roles as r
  where t.typelem = 0
    and t.typtype in ('b', 'c', 'd', 'e', 'r')
    and (c.oid is null or c.relkind in ('c', 'r', 'p', 'v', 'm', 'f'))
  union all
  select
    5,
    r.name,
    'function',
    f.schema,
    f.name,
    f.identity,
    true,
    false,
    array_remove(array[case when has_function_privilege(r.oid, f.oid, 'execute') then 'execute' end], null),
    case when f.prokind = 'f' then array['execute'] else '{}' end,
    -- Never called: there is no row. PostgreSQL checks the right all the same.
    case
      when f.prokind = 'f'
        then array[
          format('select %I.%I(%s) from (select 1 offset 0) as n (one) where false', f.schema, f.name, f.arguments)
        ]
      else '{}'
    end,
    has_schema_privilege(r.oid, f.schema_oid, 'usage')
  from functions as f
  cross join roles as r
)
select
  t.role,
  t.kind,
  t.schema,
  t.name,
  t.identity,
  t.is_ours,
  t.filters_rows,
  array_to_json(t.granted) as granted,
  array_to_json(t.trials) as trials,
  array_to_json(t.statements) as statements,
  t.is_reachable
from tried as t
order by
  t.role,
  t.place,
  t.schema,
  t.name,
  t.identity
