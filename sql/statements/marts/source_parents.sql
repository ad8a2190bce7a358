-- The parents of the sources in schema store, in the order in which a publish locks them.
select
  c.relname as name
from pg_catalog.pg_class as c
where c.relnamespace = 'store'::regnamespace
  and c.relkind = 'p'
  and c.relispartition
order by c.relname
