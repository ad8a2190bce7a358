-- $1 a table of schema store. One row if it exists: the table that it is a partition of, or null.
select
  p.relname as parent
from pg_catalog.pg_class as c
left join pg_catalog.pg_inherits as i on i.inhrelid = c.oid
left join pg_catalog.pg_class as p on p.oid = i.inhparent
where c.relnamespace = 'store'::regnamespace
  and c.relname = $1
