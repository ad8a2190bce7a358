-- One row per view of schema clinical that Caseload made.
select
  c.relname as name
from pg_catalog.pg_class as c
where c.relnamespace = 'clinical'::regnamespace
  and c.relkind = 'v'
  and exists (select from caseload.made as m where m.schema_name = 'clinical' and m.object_name = c.relname)
