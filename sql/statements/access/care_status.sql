-- $1 the role of row rights. One row: how many logins may act as it, what it reads, and how many entries of the care team hold.
select
  (
    select
      count(*)::integer
    from pg_catalog.pg_roles as r
    where r.rolcanlogin
      and not r.rolsuper
      and pg_has_role(r.oid, w.oid, 'member')
  ) as logins,
  (select count(*)::integer from pg_catalog.pg_class as c where c.relnamespace = to_regnamespace('care') and c.relkind = 'v') as views,
  (
    select
      count(*)::integer
    from pg_catalog.pg_class as c
    where c.relnamespace = to_regnamespace('mart')
      and c.relkind = 'r'
      and c.relrowsecurity
  ) as marts,
  (
    select
      count(*)::integer
    from caseload.care_team as t
    where t.starts_at <= statement_timestamp()
      and (t.ends_at is null or t.ends_at > statement_timestamp())
  ) as entries
from pg_catalog.pg_roles as w
where w.rolname = $1
