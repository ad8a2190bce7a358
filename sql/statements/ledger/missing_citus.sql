-- One row per function of Citus that the tables of a Citus target need and that this database lacks.
select
  f.name
from unnest(
  array[
    'create_distributed_table',
    'create_reference_table',
    'citus_add_local_table_to_metadata'
  ]
) with ordinality as f (name, place)
where not exists (
  select
  from pg_catalog.pg_proc as p
  where p.proname = f.name
    and p.pronamespace = 'pg_catalog'::regnamespace
)
order by f.place
