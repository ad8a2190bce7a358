-- Distributes the tables of schema store by the first column of their keys, next to each other, and copies to every machine the ledger's
-- tables that a view or a statement over distributed tables joins. A table that is placed already stays as it is. The third list: local
-- tables that a statement changes together with such a copy, which Citus must know for that.
do $$
declare
  placed record;
begin
  for placed in
    select
      c.oid::regclass as name,
      a.attname as distribution_column,
      a.atttypid = 'text'::regtype and c.relname <> 'patients' as joins_patients
    from caseload.made as m
    join pg_catalog.pg_class as c on c.relname = m.object_name and c.relnamespace = 'store'::regnamespace
    join pg_catalog.pg_index as i on i.indrelid = c.oid and i.indisprimary
    join pg_catalog.pg_attribute as a on a.attrelid = c.oid and a.attnum = i.indkey[0]
    where m.schema_name = 'store'
      and not exists (select from pg_catalog.pg_dist_partition as d where d.logicalrelid = c.oid)
    order by
      c.relname <> 'patients',
      c.relname
  loop
    perform create_distributed_table(
      placed.name,
      placed.distribution_column,
      colocate_with => case when placed.joins_patients then 'store.patients' else 'default' end
    );
  end loop;

  for placed in
    select
      c.oid::regclass as name
    from unnest(
      array[
        'sources',
        'deliveries',
        'runs',
        'tables',
        'checks',
        'pins',
        'code_systems',
        'readmission_definitions'
      ]
    ) with ordinality as l (name, place)
    join pg_catalog.pg_class as c on c.relname = l.name and c.relnamespace = 'caseload'::regnamespace
    where not exists (
      select
      from pg_catalog.pg_dist_partition as d
      where d.logicalrelid = c.oid
        and d.repmodel = 't'
    )
    order by l.place
  loop
    perform create_reference_table(placed.name);
  end loop;

  for placed in
    select
      c.oid::regclass as name
    from pg_catalog.pg_class as c
    where c.relnamespace = 'caseload'::regnamespace
      and c.relname in ('quarantine_rows', 'files', 'attempts')
      and not exists (select from pg_catalog.pg_dist_partition as d where d.logicalrelid = c.oid)
    order by c.relname
  loop
    perform citus_add_local_table_to_metadata(placed.name);
  end loop;
end
$$;
