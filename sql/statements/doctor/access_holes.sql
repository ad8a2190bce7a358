-- One row per hole in what docs/roles.md promises, in words, with the statement that closes it. The database has roles.
with ours as (
  select
    n.oid,
    n.nspname::text as name
  from pg_catalog.pg_namespace as n
  where n.nspname in ('store', 'clinical', 'caseload', 'caseload_stage', 'caseload_kept', 'caseload_queue')
    or (n.nspname = 'mart' and exists (select from caseload.mart_state))
    or (n.nspname = 'care' and exists (select from caseload.access where has_row_rights))
),
owner as (
  select
    r.oid,
    r.rolname::text as name
  from caseload.access as a
  join pg_catalog.pg_roles as r on r.rolname = a.prefix || '_owner'
),
owned as (
  select
    c.relowner as owner_oid,
    format('%I.%I', o.name, c.relname) as identity
  from pg_catalog.pg_class as c
  join ours as o on o.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')
  union all
  select
    p.proowner,
    p.oid::regprocedure::text
  from pg_catalog.pg_proc as p
  join ours as o on o.oid = p.pronamespace
  union all
  select
    n.nspowner,
    'schema ' || quote_ident(n.nspname)
  from pg_catalog.pg_namespace as n
  where n.oid in (select ours.oid from ours)
),
open_to_all as (
  select
    'table ' || format('%I.%I', o.name, c.relname) as identity
  from pg_catalog.pg_class as c
  join ours as o on o.oid = c.relnamespace
  cross join lateral aclexplode(c.relacl) as acl
  where acl.grantee = 0
  union
  select
    'table ' || format('%I.%I', o.name, c.relname)
  from pg_catalog.pg_attribute as a
  join pg_catalog.pg_class as c on c.oid = a.attrelid
  join ours as o on o.oid = c.relnamespace
  cross join lateral aclexplode(a.attacl) as acl
  where acl.grantee = 0
  union
  select
    'function ' || p.oid::regprocedure::text
  from pg_catalog.pg_proc as p
  join ours as o on o.oid = p.pronamespace
  cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as acl
  where acl.grantee = 0
  union
  select
    'schema ' || quote_ident(n.nspname)
  from pg_catalog.pg_namespace as n
  cross join lateral aclexplode(n.nspacl) as acl
  where acl.grantee = 0
    and n.oid in (select ours.oid from ours)
),
-- A body that was parsed when it was made looks up no name later.
loose as (
  select
    p.oid::regprocedure::text as identity,
    p.prosecdef
  from pg_catalog.pg_proc as p
  join pg_catalog.pg_namespace as n on n.oid = p.pronamespace
  where n.nspname = 'caseload'
    and p.prosqlbody is null
    and not exists (select from unnest(p.proconfig) as c (setting) where c.setting like 'search_path=%')
),
holders as (
  select distinct
    a.pid,
    coalesce(a.usename::text, '?') as role
  from pg_catalog.pg_locks as l
  join pg_catalog.pg_stat_activity as a on a.pid = l.pid
  where l.locktype = 'advisory'
    and l.objsubid = 1
    and l.granted
    and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
    and coalesce(a.application_name, '') not like 'caseload%'
    and ((l.classid::bigint << 32) | l.objid::bigint) in (
      select
        hashtextextended(k.name, 0)
      from unnest(array['caseload/migrate', 'caseload/marts', 'caseload/parents', 'caseload/claim']) as k (name)
      union all
      select
        caseload.batch_key(r.source, r.batch_date)
      from caseload.runs as r
      union all
      select
        caseload.month_key(r.source, r.batch_date)
      from caseload.runs as r
    )
)
select
  format('%s objects belong to %s and not to %s, such as %s', count(*), pg_get_userbyid(o.owner_oid), w.name, min(o.identity)) as found,
  'caseload migrate, as a login that may give them away' as remedy
from owned as o
cross join owner as w
where o.owner_oid <> w.oid
group by
  o.owner_oid,
  w.name
union all
select
  format('PUBLIC may use %s objects of Caseload, such as %s', count(*), min(p.identity)),
  'caseload migrate'
from open_to_all as p
having count(*) > 0
union all
select
  format('%s functions of schema caseload have no search_path of their own, such as %s', count(*), min(l.identity)),
  'caseload migrate; drop what Caseload has not made'
from loose as l
having count(*) > 0
union all
select
  format('session %s of role %s, which is none of Caseload''s, holds one of its locks: the batch, or the command, waits', h.pid, h.role),
  format('select pg_terminate_backend(%s)', h.pid)
from holders as h
union all
select
  format('role %s may log in', r.rolname),
  format('alter role %I nologin', r.rolname)
from pg_catalog.pg_roles as r
cross join owner as w
where r.oid = w.oid
  and r.rolcanlogin
