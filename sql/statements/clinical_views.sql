-- One row per view of schema clinical.
select
  c.relname as name
from pg_catalog.pg_class as c
where c.relnamespace = 'clinical'::regnamespace
  and c.relkind = 'v'
