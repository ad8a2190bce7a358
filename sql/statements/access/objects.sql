-- $1 the role that owns, or is to own, all of Caseload. One row per object in Caseload's schemas, and per kind of object that
-- the owner may yet make there (default privileges): who owns it, and every grant on it to another role than its owner. `is_ours`: Caseload made it.
with ours as (
  select
    n.oid,
    n.nspname::text as name,
    n.nspowner,
    n.nspacl
  from pg_catalog.pg_namespace as n
  where n.nspname in ('store', 'clinical', 'caseload', 'caseload_stage', 'caseload_kept', 'caseload_queue')
    or (n.nspname = 'mart' and exists (select from caseload.mart_state))
    or (n.nspname = 'care' and exists (select from caseload.access where has_row_rights))
),
relations as (
  select
    c.oid,
    c.reltype,
    c.relkind,
    c.relowner,
    c.relacl,
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
    c.relispartition or o.name in ('caseload_stage', 'caseload_kept') as is_partition,
    o.name as schema,
    c.relname::text as name,
    o.name not in ('store', 'clinical')
      or exists (
        select
        from caseload.made as m
        where m.schema_name = o.name
          and m.object_name = coalesce(
            (select a.relname from pg_catalog.pg_class as a where a.oid = pg_partition_root(c.oid)),
            c.relname
          )
      ) as is_ours
  from pg_catalog.pg_class as c
  join ours as o on o.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
),
objects as (
  select
    1 as place,
    'schema' as kind,
    o.name as schema,
    o.name,
    quote_ident(o.name) as identity,
    o.nspowner as owner,
    coalesce(o.nspacl, acldefault('n', o.nspowner)) as acl,
    true as is_ours,
    false as is_inner,
    false as filters_rows,
    null::oid as relation
  from ours as o
  union all
  select
    2,
    case
      when r.relkind = 'S' then 'sequence'
      when r.relkind in ('v', 'm') then 'view'
      when r.is_partition then 'partition'
      else 'table'
    end,
    r.schema,
    r.name,
    format('%I.%I', r.schema, r.name),
    r.relowner,
    coalesce(r.relacl, acldefault(case r.relkind when 'S' then 's' else 'r' end::"char", r.relowner)),
    r.is_ours,
    -- The sequence of an identity column follows its table.
    r.relkind = 'S' and exists (
      select
      from pg_catalog.pg_depend as d
      where d.classid = 'pg_class'::regclass
        and d.objid = r.oid
        and d.deptype in ('a', 'i')
        and d.refclassid = 'pg_class'::regclass
    ),
    r.filters_rows,
    r.oid
  from relations as r
  union all
  select
    3,
    'type',
    r.schema,
    r.name,
    format('%I.%I', r.schema, r.name),
    t.typowner,
    coalesce(t.typacl, acldefault('T', t.typowner)),
    r.is_ours,
    true,
    false,
    null
  from relations as r
  join pg_catalog.pg_type as t on t.oid = r.reltype
  union all
  select
    3,
    'type',
    o.name,
    t.typname::text,
    format('%I.%I', o.name, t.typname),
    t.typowner,
    coalesce(t.typacl, acldefault('T', t.typowner)),
    true,
    false,
    false,
    null
  from pg_catalog.pg_type as t
  join ours as o on o.oid = t.typnamespace
  where t.typtype in ('b', 'd', 'e', 'r')
    and t.typelem = 0
  union all
  select
    4,
    'function',
    o.name,
    p.proname::text,
    p.oid::regprocedure::text,
    p.proowner,
    coalesce(p.proacl, acldefault('f', p.proowner)),
    true,
    false,
    false,
    null
  from pg_catalog.pg_proc as p
  join ours as o on o.oid = p.pronamespace
  union all
  select
    5,
    'default',
    o.name,
    k.name,
    coalesce('in schema ' || quote_ident(o.name) || ' ', '') || 'on ' || k.name,
    w.oid,
    coalesce(
      (
        select
          d.defaclacl
        from pg_catalog.pg_default_acl as d
        where d.defaclrole = w.oid
          and d.defaclnamespace = coalesce(o.oid, 0)
          and d.defaclobjtype = k.letter
      ),
      case when o.oid is null then acldefault(k.letter, coalesce(w.oid, 10)) end
    ),
    true,
    false,
    false,
    null
  from (
    values
      ('tables', 'r'::"char"),
      ('functions', 'f'),
      ('types', 'T')
  ) as k (name, letter)
  cross join (select ours.oid, ours.name from ours union all select null, null) as o
  left join pg_catalog.pg_roles as w on w.rolname = $1
),
grants as (
  select
    o.kind,
    o.identity,
    acl.grantee,
    acl.privilege_type,
    acl.is_grantable,
    null::text as column_name
  from objects as o
  cross join lateral aclexplode(o.acl) as acl
  where acl.grantee is distinct from coalesce(o.owner, 10)
  union all
  select
    o.kind,
    o.identity,
    acl.grantee,
    acl.privilege_type,
    acl.is_grantable,
    a.attname::text
  from objects as o
  join pg_catalog.pg_attribute as a on a.attrelid = o.relation
  cross join lateral aclexplode(a.attacl) as acl
  where acl.grantee <> o.owner
),
by_object as (
  select
    g.kind,
    g.identity,
    json_agg(
      json_build_object(
        'grantee', case when g.grantee = 0 then 'public' else pg_get_userbyid(g.grantee) end,
        'isPublic', g.grantee = 0,
        'privilege', lower(g.privilege_type),
        'column', g.column_name,
        'isGrantable', g.is_grantable
      )
      order by g.grantee, g.privilege_type, g.column_name
    ) as grants
  from grants as g
  group by
    g.kind,
    g.identity
)
select
  o.kind,
  o.schema,
  o.name,
  o.identity,
  pg_get_userbyid(o.owner)::text as owner,
  o.is_ours,
  o.is_inner,
  o.filters_rows,
  coalesce(g.grants, '[]'::json) as grants
from objects as o
left join by_object as g on g.kind = o.kind and g.identity = o.identity
order by
  o.place,
  o.schema nulls first,
  o.name,
  o.identity
