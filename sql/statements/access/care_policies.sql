-- $1 the role of row rights. One row per table and view of schema mart: the name of its restrictive policy for that role, null where
-- it has none or does not enforce it, and whether it reads its tables with the rights of the reader.
select
  c.relname::text as name,
  (
    select
      y.polname::text
    from pg_catalog.pg_policy as y
    join pg_catalog.pg_roles as r on r.oid = any (y.polroles)
    where y.polrelid = c.oid
      and not y.polpermissive
      and starts_with(y.polname, 'care_rows')
      and r.rolname = $1
      and c.relrowsecurity
    limit 1
  ) as policy,
  coalesce(c.reloptions @> array['security_invoker=true'], false) as is_invoker
from pg_catalog.pg_class as c
where c.relnamespace = to_regnamespace('mart')
  and c.relkind in ('r', 'v')
