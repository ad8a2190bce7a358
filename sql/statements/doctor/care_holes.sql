-- One row per hole in the row rights of docs/roles.md, in words, with the statement that closes it. Row rights are on. $1 their role.
with care as (
  select
    r.oid,
    quote_ident(r.rolname) as name
  from pg_catalog.pg_roles as r
  where r.rolname = $1
),
members as (
  select
    r.oid,
    quote_ident(r.rolname) as name,
    r.rolsuper,
    r.rolbypassrls
  from pg_catalog.pg_roles as r
  cross join care
  where r.oid <> care.oid
    and r.rolcanlogin
    and case
      -- A superuser is a member of every role.
      when r.rolsuper then exists (select from pg_catalog.pg_auth_members as m where m.member = r.oid and m.roleid = care.oid)
      else pg_has_role(r.oid, care.oid, 'usage')
    end
),
marts as (
  select
    c.oid,
    c.relkind,
    c.relrowsecurity,
    c.reloptions,
    format('mart.%I', c.relname) as identity
  from pg_catalog.pg_class as c
  cross join care
  where c.relnamespace = to_regnamespace('mart')
    and c.relkind in ('r', 'v')
    and c.relname <> 'freshness'
)
select
  format(
    'row rights are on, and %s every row, such as %s',
    case count(*) when 1 then '1 mart shows' else count(*) || ' marts show' end,
    min(m.identity)
  ) as found,
  'caseload care on' as remedy
from marts as m
where case m.relkind
  when 'v' then not coalesce(m.reloptions @> array['security_invoker=true'], false)
  else
    not m.relrowsecurity
    or not exists (
      select
      from pg_catalog.pg_policy as y
      cross join care
      where y.polrelid = m.oid
        and not y.polpermissive
        and care.oid = any (y.polroles)
    )
end
having count(*) > 0
union all
select
  format(
    '%s, such as care.%I',
    case count(*)
      when 1 then '1 view of schema care is no security barrier'
      else count(*) || ' views of schema care are no security barriers'
    end,
    min(c.relname)
  ),
  'caseload views'
from pg_catalog.pg_class as c
where c.relnamespace = to_regnamespace('care')
  and c.relkind = 'v'
  and not coalesce(c.reloptions @> array['security_barrier=true'], false)
having count(*) > 0
union all
select
  format(
    'row rights do not hold login %s, which %s',
    m.name,
    case when m.rolsuper then 'is a superuser' else 'has the attribute bypassrls' end
  ),
  case when m.rolsuper then format('revoke %s from %s', care.name, m.name) else format('alter role %s nobypassrls', m.name) end
from members as m
cross join care
where m.rolsuper
  or m.rolbypassrls
union all
select
  format('login %s of role %s also reads every row of %s views and tables, such as %s', m.name, care.name, count(*), min(c.identity)),
  'revoke its other roles and its grants, or give the person two logins'
from members as m
cross join care
join (
  select
    r.oid,
    r.relnamespace,
    format('%I.%I', n.nspname, r.relname) as identity
  from pg_catalog.pg_class as r
  join pg_catalog.pg_namespace as n on n.oid = r.relnamespace
  where n.nspname in ('clinical', 'store')
    and r.relkind in ('v', 'p')
) as c
  on has_table_privilege(m.oid, c.oid, 'select')
  and has_schema_privilege(m.oid, c.relnamespace, 'usage')
where not m.rolsuper
group by
  m.name,
  care.name
union all
select
  format(
    '%s for %I, which is no role of this server',
    case count(*) when 1 then '1 entry of the care team holds' else count(*) || ' entries of the care team hold' end,
    t.member
  ),
  'caseload care ls; caseload care end <entries>'
from caseload.care_team as t
where (t.ends_at is null or t.ends_at > statement_timestamp())
  and not exists (select from pg_catalog.pg_roles as r where r.rolname = t.member)
group by
  t.member
union all
select
  format(
    'PostgreSQL %s lets a reader of a view draw samples of hidden rows from statistics (CVE-2025-8713), and row rights are on',
    current_setting('server_version')
  ),
  'install the newest minor version: 15.14, 16.10, 17.6 or later'
from (select current_setting('server_version_num')::integer as number) as v
where v.number between 150000 and 150013
  or v.number between 160000 and 160009
  or v.number between 170000 and 170005
