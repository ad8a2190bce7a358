-- $1 a table of schema store. One row if it is there: the table that it is a partition of, if any.
select
  i.inhparent::regclass::text as parent
from pg_catalog.pg_class as c
left join pg_catalog.pg_inherits as i on i.inhrelid = c.oid
where c.relnamespace = 'store'::regnamespace
  and c.relname = $1
